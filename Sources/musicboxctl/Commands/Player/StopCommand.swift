import ArgumentParser

struct StopCommand: PlayerAction {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop the music.")
    static let action = "stop"

    @OptionGroup var options: GlobalOptions
}
