import Hummingbird
import HummingbirdCore
package import Logging
package import MusicBox
import MusicBoxAPI
package import NIOCore
import ServiceLifecycle
import SocketIO

/// HTTP, Socket.IO and the web page on one port.
package struct BoxServer: Service {
    package struct Configuration: Sendable {
        package var host: String
        /// 0 takes any free port.
        package var port: Int
        /// The directory of the web page's files; nil serves none.
        package var webRoot: String?

        package init(host: String, port: Int, webRoot: String?) {
            self.host = host
            self.port = port
            self.webRoot = webRoot
        }
    }

    private let http: HTTPService
    private let sockets: SocketIOServer
    private let broadcaster: Broadcaster

    /// - Parameters:
    ///   - onActivity: called whenever a client asks for something.
    ///   - onRunning: called with the bound channel once clients can connect.
    package init(
        box: MusicBox,
        uploads: UploadStore,
        jobs: BoxJobs,
        configuration: Configuration,
        facts: SystemFacts,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        onActivity: @escaping @Sendable () -> Void,
        onRunning: @escaping @Sendable (any Channel) async -> Void
    ) throws {
        // Pages of other hosts are kept out, as from REST: whoever opens one must not have the box played by it.
        var socketIO = SocketIOConfiguration()
        // Room for all that the replay log can send to one client at once, and for what happens meanwhile.
        socketIO.outboundLimitBytes = ReplayLog.limitBytes * 3 / 2
        socketIO.outboundLimitMessages = ReplayLog.limitEvents * 3 / 2
        let sockets = SocketIOServer(configuration: socketIO, logger: logger)
        self.sockets = sockets
        sockets.addWebSocketEndpoint(path: "/ws", format: PlainFormat())
        broadcaster = Broadcaster(box: box, door: sockets.namespace, logger: logger)
        Gateway(box: box, broadcaster: broadcaster, logger: logger)
            .register(on: sockets.namespace, onActivity: onActivity)
        let router = Self.router(
            box: box,
            uploads: uploads,
            jobs: jobs,
            facts: facts,
            sockets: sockets,
            webRoot: configuration.webRoot,
            onActivity: onActivity,
            logger: logger
        )
        http = try HTTPService(
            router: router,
            channel: HTTPServerBuilder { responder in
                BoxChannel(responder: responder, sockets: sockets, idleTimeout: .seconds(60))
            },
            address: .hostname(configuration.host, port: configuration.port),
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            onRunning: onRunning
        )
    }

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let broadcaster = broadcaster
            group.addTask { await broadcaster.run() }
            defer { group.cancelAll() }
            try await withGracefulShutdownHandler {
                try await http.run()
            } onGracefulShutdown: {
                // Sockets would keep the server's channels open for as long as their clients like.
                Task { await sockets.shutdown() }
            }
        }
    }

    static func router(
        box: MusicBox,
        uploads: UploadStore,
        jobs: BoxJobs,
        facts: SystemFacts,
        sockets: SocketIOServer,
        webRoot: String?,
        onActivity: @escaping @Sendable () -> Void,
        logger: Logger
    ) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: ActivityMiddleware(note: onActivity))
        router.add(middleware: HeaderMiddleware())
        router.add(middleware: ErrorMiddleware())
        if let webRoot {
            router.add(middleware: FileMiddleware(webRoot, searchForIndexHtml: true, logger: logger))
        }
        let api = API(box: box, logger: logger)
        func routes(below path: String, _ add: (RouteTable) -> Void) {
            let table = RouteTable(router.group(RouterPath(path)))
            add(table)
            table.refuseOtherMethods()
        }
        routes(below: "api") { table in
            SystemRoutes(api: api, facts: facts, uploads: uploads, sockets: sockets).add(to: table)
            FileRoutes(library: box.library, uploads: uploads).add(to: table)
            BackupRoutes(api: api, jobs: jobs).add(to: table)
        }
        routes(below: "api/player", PlayerRoutes(api: api).add)
        // One table: both have routes at the same paths, and each would refuse the other's methods.
        routes(below: "api/playlists") { table in
            PlaylistRoutes(api: api, uploads: uploads, sync: jobs.sync).add(to: table)
            TrackRoutes(api: api, uploads: uploads).add(to: table)
        }
        routes(below: "api/playlists/:id/uploads", UploadRoutes(api: api, uploads: uploads).add)
        routes(below: "api/uploads", UploadSessionRoutes(api: api, uploads: uploads).add)
        routes(below: "api/playlists/nfc", PlaylistTagRoutes(api: api).add)
        routes(below: "api/youtube", DownloadRoutes(api: api, downloads: jobs.downloads).add)
        routes(below: "api/nfc", NFCRoutes(api: api).add)
        return router
    }
}
