import ArgumentParser
import MusicBoxAPI

/// A command that is one POST to the player without arguments, and shows the state that comes of it.
protocol PlayerAction: AsyncParsableCommand {
    /// The last part of the route `/player/...`.
    static var action: String { get }
    var options: GlobalOptions { get }
}

extension PlayerAction {
    func run() async throws {
        let reply = try await options.client().post("/player/\(Self.action)")
        try options.console.showPlayer(reply)
    }
}

extension Console {
    /// Prints the state of the player that a player route answered with.
    func showPlayer(_ reply: MusicBoxReply) throws {
        try show(reply) { [PlayerText(state: try reply.decode(PlayerState.self)).line] }
    }
}
