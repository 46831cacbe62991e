// swift-tools-version: 6.2
// One section per module with its tests, from the C libraries up to the executables.
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
]

/// FFmpeg's static libraries for x86-64 are not made for a program that can lie anywhere; those of other machines are. The
/// toolchain's own linker leaves such a program fewer relocations than gold does.
#if arch(x86_64)
    let positionDependent: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld", "-Xclang-linker", "-no-pie"])]
#else
    let positionDependent: [LinkerSetting] = []
#endif

/// FFmpeg with what this box needs of it; see Sources/CFFmpeg/Registry.c. Where a distribution has no static libraries,
/// MUSICBOX_SHARED_FFMPEG=1 takes the shared ones, with everything they load.
let sharesFFmpeg = Context.environment["MUSICBOX_SHARED_FFMPEG"] != nil
let ffmpegLibraries =
    sharesFFmpeg
    ? ["avformat", "avcodec", "swresample", "avutil"]
    : [":libavformat.a", ":libavcodec.a", ":libswresample.a", ":libavutil.a", "bz2", "gnutls", "z"]

let package = Package(
    name: "musicbox",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "musicboxd", targets: ["musicboxd"]),
        .executable(name: "musicboxctl", targets: ["musicboxctl"]),
        .executable(name: "musicbox-reader", targets: ["musicbox-reader"]),
        .library(name: "SocketIO", targets: ["SocketIO"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // C libraries
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
        .systemLibrary(name: "CEBUR128", pkgConfig: "libebur128", providers: [.apt(["libebur128-dev"])]),
        .target(
            name: "CFFmpeg",
            cSettings: sharesFFmpeg ? [.define("CFFMPEG_SHARED")] : [],
            linkerSettings: ffmpegLibraries.map { .linkedLibrary($0) } + (sharesFFmpeg ? [] : positionDependent)
        ),
        .systemLibrary(name: "CSonic", providers: [.apt(["libsonic-dev"])]),
        .systemLibrary(name: "CNFC", pkgConfig: "libnfc", providers: [.apt(["libnfc-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CLinux", linkerSettings: [.linkedLibrary("systemd")]),

        // Threads
        .target(name: "Threads", dependencies: ["CLinux"], swiftSettings: swiftSettings),

        // Archive
        .target(name: "Archive", dependencies: ["CArchive"], swiftSettings: swiftSettings),
        .testTarget(name: "ArchiveTests", dependencies: ["Archive"], swiftSettings: swiftSettings),

        // Audio
        .target(
            name: "Audio",
            dependencies: ["CALSA", "CEBUR128", "CFFmpeg", "CLinux", "CSonic", "Threads", logging],
            swiftSettings: swiftSettings
        ),
        .target(name: "Damage", path: "Tests/Damage", swiftSettings: swiftSettings),
        .executableTarget(
            name: "decode-fuzz",
            dependencies: ["Audio", "Damage"],
            path: "Tests/DecodeFuzz",
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "AudioTests",
            dependencies: ["Audio", "CFFmpeg", "Damage", "Threads"],
            swiftSettings: swiftSettings
        ),

        // NFC
        .target(name: "NFCTag", swiftSettings: swiftSettings),
        .target(name: "NFC", dependencies: ["CLinux", "NFCTag", "Threads", logging], swiftSettings: swiftSettings),
        .testTarget(name: "NFCTests", dependencies: ["NFC"], swiftSettings: swiftSettings),

        // MediaNaming
        .target(name: "MediaNaming", swiftSettings: swiftSettings),

        // MusicLibrary
        .target(
            name: "MusicLibrary",
            dependencies: [.product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "MusicLibraryTests",
            dependencies: ["MusicLibrary", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: swiftSettings
        ),

        // MusicBox
        .target(
            name: "MusicBox",
            dependencies: [
                "CLinux", "MediaNaming", "MusicLibrary", "NFC", "Threads", logging, subprocess,
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .testTarget(name: "MusicBoxTests", dependencies: ["MusicBox", "TestSupport"], swiftSettings: swiftSettings),

        // MusicBoxAPI
        .target(name: "MusicBoxAPI", swiftSettings: swiftSettings),

        // SocketIO
        .target(
            name: "SocketIO",
            dependencies: nio + [logging],
            exclude: ["README.md"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SocketIOTests",
            dependencies: nio + ["SocketIO", logging, .product(name: "NIOEmbedded", package: "swift-nio")],
            swiftSettings: swiftSettings
        ),
        // For tests from outside; not among the products.
        .executableTarget(
            name: "socketio-conformance",
            dependencies: nio + ["SocketIO", argumentParser, logging],
            path: "Tests/socketio-conformance",
            swiftSettings: swiftSettings
        ),

        // MusicBoxServer
        .target(
            name: "MusicBoxServer",
            dependencies: nio + [
                "MusicBox", "MusicBoxAPI", "MusicLibrary", "NFC", "SocketIO", logging,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            exclude: ["Web"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "MusicBoxServerTests",
            dependencies: ["MusicBoxServer", "TestSupport", .product(name: "NIOEmbedded", package: "swift-nio")],
            swiftSettings: swiftSettings
        ),

        // Executables
        .executableTarget(
            name: "musicboxd",
            dependencies: [
                "Archive", "Audio", "CLinux", "MusicBox", "MusicBoxAPI", "MusicBoxServer", "MusicLibrary", "NFC",
                "Threads", argumentParser, logging,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "musicboxdTests", dependencies: ["musicboxd"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "musicboxctl",
            dependencies: nio + [
                "CSQLite", "MediaNaming", "MusicBoxAPI", argumentParser, subprocess,
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "musicboxctlTests",
            dependencies: nio + [
                "CSQLite", "MediaNaming", "MusicBoxAPI", "musicboxctl", argumentParser,
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(name: "musicbox-reader", dependencies: ["CNFC", "NFCTag"], swiftSettings: swiftSettings),
    ]
)
