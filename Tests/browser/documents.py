"""The code blocks of a document, in their order."""

import re

from conftest import ROOT


def blocks(document, language):
    """The texts between ```language and ```."""
    text = (ROOT / "docs" / document).read_text()
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, f"{document} has no {language}"
    return found
