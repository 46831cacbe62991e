/// Who is in which room. Snapshots of a room share its storage until the next join or leave.
struct RoomTable<Member: AnyObject & Sendable> {
    private struct Room {
        var members: ContiguousArray<Member> = []
        var positions: [ObjectIdentifier: Int] = [:]

        mutating func insert(_ member: Member) {
            let id = ObjectIdentifier(member)
            guard positions[id] == nil else { return }
            positions[id] = members.count
            members.append(member)
        }

        /// The last member takes the free place: rooms have no order, and leaving stays cheap in large ones.
        mutating func remove(_ member: Member) {
            guard let position = positions.removeValue(forKey: ObjectIdentifier(member)) else { return }
            let last = members.removeLast()
            guard position < members.count else { return }
            members[position] = last
            positions[ObjectIdentifier(last)] = position
        }
    }

    private var everyone = Room()
    private var rooms: [String: Room] = [:]
    private var memberships: [ObjectIdentifier: Set<String>] = [:]

    /// All members, in rooms or not.
    var members: ContiguousArray<Member> { everyone.members }

    /// How many rooms have members.
    var roomCount: Int { rooms.count }

    func members(of room: String) -> ContiguousArray<Member> { rooms[room]?.members ?? [] }

    func rooms(of member: Member) -> Set<String> { memberships[ObjectIdentifier(member)] ?? [] }

    /// The members of several rooms, each once.
    func members(of names: [String]) -> ContiguousArray<Member> {
        guard names.count > 1 else { return names.first.map { members(of: $0) } ?? [] }
        var union = Room()
        for name in names {
            for member in members(of: name) { union.insert(member) }
        }
        return union.members
    }

    mutating func add(_ member: Member) {
        everyone.insert(member)
    }

    /// - Returns: False when the member is in `limit` other rooms already.
    mutating func join(_ member: Member, _ room: String, limit: Int) -> Bool {
        let id = ObjectIdentifier(member)
        guard memberships[id]?.contains(room) != true else { return true }
        guard memberships[id]?.count ?? 0 < limit else { return false }
        memberships[id, default: []].insert(room)
        rooms[room, default: Room()].insert(member)
        return true
    }

    mutating func leave(_ member: Member, _ room: String) {
        let id = ObjectIdentifier(member)
        guard memberships[id]?.remove(room) != nil else { return }
        if memberships[id]?.isEmpty == true { memberships[id] = nil }
        removeFromRoom(member, room)
    }

    /// Out of everything.
    mutating func remove(_ member: Member) {
        everyone.remove(member)
        for room in memberships.removeValue(forKey: ObjectIdentifier(member)) ?? [] { removeFromRoom(member, room) }
    }

    private mutating func removeFromRoom(_ member: Member, _ room: String) {
        rooms[room]?.remove(member)
        // Names come from clients' requests: a room without members must leave nothing behind.
        if rooms[room]?.members.isEmpty == true { rooms[room] = nil }
    }
}
