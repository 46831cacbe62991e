import GRDB

extension Database {
    /// Executes a statement that is compiled once per connection.
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// Gives all statements in `body` the same moment of the database.
    func inSnapshot<T>(_ body: () throws -> T) throws -> T {
        try run("BEGIN DEFERRED")
        defer { try? run("COMMIT") }
        return try body()
    }
}
