import FoundationEssentials
import MusicBoxAPI

extension JSONValue {
    /// The value as a type of the contract; nil when it has another shape.
    func decode<Value: Decodable>(_ type: Value.Type) -> Value? {
        guard let bytes = try? JSONEncoder().encode(self) else { return nil }
        return try? JSONDecoder().decode(type, from: bytes)
    }
}
