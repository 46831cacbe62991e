import ArgumentParser

struct PreviousCommand: PlayerAction {
    static let configuration = CommandConfiguration(
        commandName: "previous",
        abstract: "Go to the start of this track, or, within its first 3 seconds, to the previous one."
    )
    static let action = "previous"

    @OptionGroup var options: GlobalOptions
}
