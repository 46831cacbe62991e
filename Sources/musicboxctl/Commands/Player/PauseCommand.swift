import ArgumentParser

struct PauseCommand: PlayerAction {
    static let configuration = CommandConfiguration(commandName: "pause", abstract: "Pause the music.")
    static let action = "pause"

    @OptionGroup var options: GlobalOptions
}
