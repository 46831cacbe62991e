import ArgumentParser
import MusicBoxAPI

struct SleepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sleep",
        abstract: "Show, set or cancel the sleep timer: the music fades, stops, and goes on there next time."
    )

    enum Wish: Equatable {
        case minutes(Double)
        case end(PlayerState.Sleep.Until)
        case off

        init(_ text: String) throws {
            switch text {
            case "off": self = .off
            case "track": self = .end(.track)
            case "playlist": self = .end(.playlist)
            default:
                guard let minutes = Double(text), minutes > 0, minutes.isFinite else {
                    throw ValidationError("write a number of minutes, \"track\", \"playlist\" or \"off\"")
                }
                self = .minutes(minutes)
            }
        }

        var body: JSONValue {
            switch self {
            case .minutes(let minutes): ["minutes": .double(minutes)]
            case .end(let until): ["until": .string(until.rawValue)]
            case .off: ["cancel": true]
            }
        }
    }

    @Argument(
        help: "Minutes from now; \"track\" or \"playlist\" for the end of it; \"off\" cancels.",
        transform: { try Wish($0) }
    )
    var wish: Wish?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let reply =
            if let wish {
                try await client.post("/player/sleep", wish.body)
            } else {
                try await client.get("/player/status")
            }
        try options.console.show(reply) { [Self.text(try reply.decode(PlayerState.self).sleep)] }
    }

    static func text(_ sleep: PlayerState.Sleep?) -> String {
        guard let sleep else { return "sleep off" }
        let end =
            switch sleep.until {
            case .time: "at \(sleep.endsAt ?? "a set time")"
            case .track: "at the end of the track"
            case .playlist: "at the end of the playlist"
            }
        return "sleep \(end)\(sleep.isFading ? ", fading" : "")".printable
    }
}
