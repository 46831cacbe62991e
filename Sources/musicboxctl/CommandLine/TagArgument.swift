import ArgumentParser

/// The id of a tag, in the contract's form: the UID as lower-case hex. People copy it as `04:A1:B2:C3` too.
struct TagArgument: Equatable, Sendable {
    let id: String

    init(parsing text: String) throws {
        let digits = text.lowercased().filter { !":- ".contains($0) }
        let isHex = digits.allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
        // ISO 14443 UIDs have 4, 7 or 10 bytes, ISO 15693 ones 8; a reader program may know others.
        guard isHex, digits.count.isMultiple(of: 2), (4...32).contains(digits.count) else {
            throw ValidationError("the id of a tag is its UID in hex, as in 04a1b2c3d4e5f6")
        }
        id = digits
    }
}
