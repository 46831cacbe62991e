import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Hummingbird's server and router without its `Application`, which formats the date each second for responses that
/// mostly nobody asks for.
struct HTTPService: Service {
    typealias Context = BasicRequestContext

    let server: any Service

    /// - Parameter onRunning: called with the bound channel once clients can connect.
    init(
        router: Router<Context>,
        channel: HTTPServerBuilder,
        address: BindAddress,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        onRunning: @escaping @Sendable (any Channel) async -> Void
    ) throws {
        let responder = router.buildResponder()
        server = try channel.buildServer(
            configuration: ServerConfiguration(address: address, serverName: "Musicbox"),
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            responder: { request, writer, channel in
                var logger = logger
                // Under this name `RequestContext.id` looks for it, and traps without.
                logger[metadataKey: "hb.request.id"] = "\(RequestID())"
                let context = Context(source: ApplicationRequestContextSource(channel: channel, logger: logger))
                var response: Response
                do {
                    response = try await responder.respond(to: request, context: context)
                } catch let error as HTTPParserError {
                    throw error
                } catch {
                    logger.error("A request was not answered", metadata: ["error": "\(error)"])
                    response = Response(status: .internalServerError)
                }
                response.headers[.date] = HTTPDate.now()
                response.headers[.server] = "Musicbox"
                do {
                    try await writer.write(response: response.head, body: response.body)
                } catch is HTTPParserError {
                    // That error would be answered, and an answer is under way.
                    throw ChannelError.ioOnClosedChannel
                }
            },
            onServerRunning: onRunning
        )
    }

    func run() async throws {
        try await server.run()
    }
}
