import NIOCore

/// Counts connections, in all and by address, against the bounds.
struct Admission {
    private let maxConnections: Int
    private let maxPerAddress: Int
    private var byAddress: [String: Int] = [:]
    private(set) var count = 0

    init(maxConnections: Int, maxPerAddress: Int) {
        self.maxConnections = maxConnections
        self.maxPerAddress = maxPerAddress
    }

    func hasRoom(for address: String) -> Bool {
        count < maxConnections && byAddress[address] ?? 0 < maxPerAddress
    }

    /// - Returns: False when there is no room. Else ``leave(_:)`` must follow, once.
    mutating func enter(_ address: String) -> Bool {
        guard hasRoom(for: address) else { return false }
        count += 1
        byAddress[address, default: 0] += 1
        return true
    }

    mutating func leave(_ address: String) {
        count -= 1
        guard let left = byAddress[address] else { return }
        byAddress[address] = left > 1 ? left - 1 : nil
    }
}
