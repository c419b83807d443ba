// swift-tools-version: 6.2
import PackageDescription

/// Memory safety is the product: raw pointers are marked, and nothing is let pass as a warning.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "webmon",
  products: [
    .library(name: "arrayshm", type: .dynamic, targets: ["ArrayShmC"]),
    .library(name: "ArrayShm", targets: ["ArrayShm"]),
    .executable(name: "webmon", targets: ["webmon"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // What Swift cannot import: a module map and static inline functions.
    .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
    .systemLibrary(name: "CLimits", path: "Sources/CLimits"),
    .systemLibrary(name: "CArrayShm", path: "Sources/ArrayShmC/include"),
    .systemLibrary(
      name: "Clibwebsockets", path: "Sources/Clibwebsockets", pkgConfig: "libwebsockets",
      providers: [.apt(["libwebsockets-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "Cpython", path: "Tests/Cpython", pkgConfig: "python3-embed",
      providers: [.apt(["libpython3-dev"])]),

    .target(name: "ArrayShm", dependencies: ["CLinux"], swiftSettings: strict),
    .target(
      name: "ArrayShmC", dependencies: ["ArrayShm", "CArrayShm"],
      exclude: ["include", "exports.map"], swiftSettings: strict,
      linkerSettings: [
        // Self-contained, and only the C interface to be seen: any program can load it, beside any other Swift.
        // Never unloaded: threads keep their last error, and free it by code of the library when they end.
        .unsafeFlags([
          "-static-stdlib", "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker",
          "--version-script=\(Context.packageDirectory)/Sources/ArrayShmC/exports.map",
        ])
      ]),
    .target(
      name: "Bridge",
      dependencies: [
        "ArrayShm", "CZlib", "Clibwebsockets",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "webmon",
      dependencies: [
        "ArrayShm", "Bridge", "CLimits",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      // Read from where they lie (PageRoots): SwiftPM's own resources would bring Foundation with all its Unicode tables, 50 MB.
      exclude: ["Charts", "Pages"],
      swiftSettings: strict),

    .testTarget(name: "ArrayShmTests", dependencies: ["ArrayShm"], swiftSettings: strict),
    .testTarget(
      name: "BridgeTests",
      dependencies: ["Bridge", .product(name: "Histogram", package: "hdrhistogram-swift")],
      swiftSettings: strict),
    .testTarget(
      name: "InteropTests", dependencies: ["ArrayShm", "Cpython"], swiftSettings: strict),
  ]
)
