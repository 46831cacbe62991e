import FoundationEssentials
import Logging
import MusicBox
import MusicBoxAPI
import NIOCore
import SocketIO

/// The clients' events (contract, section 3), whichever door they come through: decode, ask the box, answer. An event
/// that is unknown or malformed is answered too, never swallowed.
struct Gateway: Sendable {
    /// What an event is answered with; the doors make it the acknowledgement.
    typealias Answer = any Encodable & Sendable
    typealias Handler = @Sendable (any Client, Payload) async throws -> Answer

    /// The fields of an event as a client sent them.
    struct Payload: Sendable {
        /// JSON text; nil for none, which counts as `{}`.
        var json: ByteBuffer?

        func decode<Fields: Decodable>(_ type: Fields.Type) throws -> Fields {
            let text = json.map { Data($0.readableBytesView) } ?? Data("{}".utf8)
            do {
                return try JSONDecoder().decode(type, from: text == Data("null".utf8) ? Data("{}".utf8) : text)
            } catch let error as DecodingError {
                throw APIFailure(.validation, error.forPeople)
            }
        }

        /// What can be told of the operation, even of one that is malformed otherwise.
        var operation: Operation { (try? decode(Operation.self)) ?? Operation(clientOpID: nil) }
    }

    let box: MusicBox
    let broadcaster: Broadcaster
    let operations: Operations
    let logger: Logger
    private(set) var handlers: [String: Handler] = [:]

    init(box: MusicBox, broadcaster: Broadcaster, logger: Logger) {
        self.box = box
        self.broadcaster = broadcaster
        self.operations = Operations(box: box, logger: logger)
        self.logger = logger
        addRooms()
        addSynchronization()
        addPlayer()
        addAssociations()
        addQuestions()
    }

    /// Lets Socket.IO's clients in.
    ///
    /// - Parameter onActivity: called whenever one of them comes or asks for something.
    func register(on namespace: Namespace, onActivity: @escaping @Sendable () -> Void) {
        namespace.onConnection { socket in
            onActivity()
            greet(socket)
        }
        namespace.onAny { socket, event, arguments in
            onActivity()
            let payload = Payload(json: arguments.count > 0 ? arguments[0] : nil)
            return [await handle(event, payload, from: socket)]
        }
    }

    func greet(_ client: any Client) {
        let status = ConnectionStatus(
            sid: client.id,
            serverSeq: box.hub.currentSeq,
            serverTime: box.time.wallMilliseconds
        )
        emit(EventName.connectionStatus, status, to: client)
    }

    func handle(_ event: String, _ payload: Payload, from client: any Client) async -> Answer {
        do {
            guard let handler = handlers[event] else {
                throw APIFailure(.validation, "this box does not know the event \"\(event.prefix(100))\"")
            }
            return try await handler(client, payload)
        } catch {
            let failure = APIFailure(error)
            if failure.kind == .internalError {
                logger.error("An event failed", metadata: ["event": "\(event)", "error": "\(error)"])
            }
            let operation = payload.operation
            let id = (try? operation.check()) == nil ? nil : operation.clientOpID
            let answer = OperationAnswer(
                failure,
                serverSeq: box.hub.currentSeq,
                timestamp: Double(box.time.wallMilliseconds) / 1000
            )
            return tell(answer, clientOpID: id, to: client)
        }
    }

    /// `ack:op` or `err:op` for an answer; what was not named is acknowledged only, unless it failed.
    private func tell(_ answer: OperationAnswer, clientOpID: String?, to client: any Client) -> Answer {
        do {
            let notice = try answer.notice(clientOpID: clientOpID)
            if answer.refusal != nil {
                client.emit(EventName.errorOperation, json: notice)
            } else if clientOpID != nil {
                client.emit(EventName.ackOperation, json: notice)
            }
            return SocketIOJSON(notice)
        } catch {
            logger.error("An answer could not be encoded", metadata: ["error": "\(error)"])
            return Success()
        }
    }

    // MARK: - For the handlers

    mutating func on(_ event: String, _ handler: @escaping Handler) { handlers[event] = handler }

    /// A command is carried out once for each `client_op_id`, and answered with `ack:op` or `err:op` to its caller, and
    /// with the same in the acknowledgement.
    mutating func command<Fields: Decodable & Sendable>(
        _ event: String,
        _ fields: Fields.Type,
        draft: @escaping @Sendable (Fields) -> OperationDraft = { _ in .init() },
        _ body: @escaping @Sendable (Fields) async throws -> any Encodable & Sendable
    ) {
        on(event) { [self] client, payload in
            let operation = try payload.decode(Operation.self)
            try operation.check()
            let decoded = Result { try payload.decode(fields) }
            let draft = (try? decoded.get()).map(draft) ?? .init()
            let (answer, _) = await operations.perform(operation.clientOpID, message: event, draft: draft) {
                try await body(decoded.get())
            }
            return tell(answer, clientOpID: operation.clientOpID, to: client)
        }
    }

    func emit(_ event: String, _ payload: some Encodable, to client: any Client) {
        do {
            client.emit(event, json: try JSON.buffer(payload))
        } catch {
            logger.error("An event could not be encoded", metadata: ["event": "\(event)", "error": "\(error)"])
        }
    }
}
