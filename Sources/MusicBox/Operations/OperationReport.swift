/// How an operation that a client named ended, for those who watch without having asked for it.
package struct OperationReport: Sendable, Equatable {
    package var clientOpID: String
    package var isSuccess: Bool
    /// The payload of `ack:op` or `err:op`, JSON.
    package var json: [UInt8]

    package init(clientOpID: String, isSuccess: Bool, json: [UInt8]) {
        self.clientOpID = clientOpID
        self.isSuccess = isSuccess
        self.json = json
    }
}
