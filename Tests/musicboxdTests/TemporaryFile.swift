import Foundation

/// Calls `body` with the path of a file of this content, which is gone afterwards.
@discardableResult
func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    try withFile(Data(text.utf8), body)
}

@discardableResult
func withFile<Result>(_ content: Data, _ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "/musicbox-" + UUID().uuidString + ".yaml"
    try content.write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}
