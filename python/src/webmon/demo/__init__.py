"""A producer with real images: ``python -m webmon.demo``.

One tissue slide (immunohistochemistry, from scikit-image's own wheel) lies on a stage: ``camera`` sees it moving and refocused, ``stack`` its
stains plane by plane, ``labels`` the nuclei while they are being segmented. ``retina16`` is a fundus photograph through the model of a 16-bit
camera. ``tiles`` tells what a viewer loads that pans over a large fundus photograph (``fundus``). ``loads`` logs how long each publication really took.
"""

try:
    import skimage  # noqa: F401
except ImportError as error:
    raise ImportError(f"the demo's images come with scikit-image: pip install 'webmon[demo]' ({error})") from None
