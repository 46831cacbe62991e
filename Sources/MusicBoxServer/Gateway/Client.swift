import NIOCore
import SocketIO
import Synchronization

/// One connected client, whichever door it came through.
protocol Client: AnyObject, Sendable {
    var id: String { get }
    var rooms: Set<String> { get }
    var attendance: Attendance { get }
    /// Sends an event to this client; `json` is its payload.
    func emit(_ event: String, json: ByteBuffer)
    /// - Returns: false when the client is gone, or in too many rooms.
    func join(_ room: String) -> Bool
    func leave(_ room: String)
}

/// Since when a client hears what goes to its rooms: for each room the number of the newest event that it was not sent
/// because of being in the room. What came later reached it, or is on its way.
final class Attendance: Sendable {
    private let rooms = Mutex<[String: Int]>([:])

    subscript(room: String) -> Int? {
        get { rooms.withLock { $0[room] } }
        set { rooms.withLock { $0[room] = newValue } }
    }
}

extension Socket: Client {
    private enum AttendanceKey: SocketDataKey {
        typealias Value = Attendance
    }

    /// The events of one socket are handled one after the other, so nobody makes it twice.
    var attendance: Attendance {
        if let attendance = self[AttendanceKey.self] { return attendance }
        let attendance = Attendance()
        self[AttendanceKey.self] = attendance
        return attendance
    }
}
