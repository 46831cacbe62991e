import ArgumentParser

struct ToggleCommand: PlayerAction {
    static let configuration = CommandConfiguration(
        commandName: "toggle",
        abstract: "Pause if the music plays, else go on."
    )
    static let action = "toggle"

    @OptionGroup var options: GlobalOptions
}
