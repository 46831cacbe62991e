import GRDB

extension Row {
    /// The column at `index`. Unlike GRDB's subscript it throws where a damaged page holds NULL instead of ending the
    /// process.
    func value<T: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws -> T {
        try decode(T.self, atIndex: index)
    }

    /// A copy of the bytes at `index`.
    func bytes(_ index: Int) throws -> [UInt8] {
        try withUnsafeData(atIndex: index) { $0.map(Array.init) ?? [] }
    }
}
