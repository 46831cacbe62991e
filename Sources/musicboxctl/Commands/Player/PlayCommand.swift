import ArgumentParser

struct PlayCommand: PlayerAction {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Go on playing, or start what is loaded."
    )
    static let action = "play"

    @OptionGroup var options: GlobalOptions
}
