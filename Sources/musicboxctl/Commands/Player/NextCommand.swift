import ArgumentParser

struct NextCommand: PlayerAction {
    static let configuration = CommandConfiguration(commandName: "next", abstract: "Go to the next track.")
    static let action = "next"

    @OptionGroup var options: GlobalOptions
}
