import MusicBoxAPI

/// The `client_op_id` that any command may carry.
struct Operation: Decodable {
    var clientOpID: String?

    enum CodingKeys: String, CodingKey {
        case clientOpID = "client_op_id"
    }

    init(clientOpID: String?) { self.clientOpID = clientOpID }

    /// - Throws: `validation_error` for an id outside `^[A-Za-z0-9_-]{1,100}$`.
    func check() throws {
        guard let clientOpID else { return }
        let isPlain = clientOpID.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isPlain, (1...100).contains(clientOpID.utf8.count) else {
            throw APIFailure(.validation, "client_op_id must be 1 to 100 of the characters A-Z a-z 0-9 _ -")
        }
    }
}
