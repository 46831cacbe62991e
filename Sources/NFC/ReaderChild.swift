import CLinux
import Glibc

/// A running reader process and this end of its pipes, for one thread.
///
/// The child has its own process group: a Ctrl-C meant for the daemon does not reach it, and helpers that a script
/// started die with it. Its input is a pipe that nothing is written to; when the daemon goes, for whatever reason, the
/// kernel closes it, and the child sees the end of its input.
///
/// A child that is let go without ``reap()`` stays behind as a zombie until the daemon ends.
struct ReaderChild: ~Copyable {
    /// Why a program could not be started, in words.
    struct StartFailure: Error {
        let reason: String
    }

    var output: LinePipe
    var errors: LinePipe
    /// For poll(2): readable when the child has ended and waits for ``reap()``.
    let ending: CInt
    private let pid: pid_t
    private var input: CInt

    /// - Parameter command: The program and its arguments. A program without a slash is looked up in PATH.
    init(command: [String]) throws(StartFailure) {
        guard let program = command.first else {
            throw StartFailure(reason: "the reader command is empty; set nfc.command")
        }
        var arguments = command.map { strdup($0) } + [nil]
        var child = clinux_child()
        let code = clinux_spawn(&arguments, &child)
        for argument in arguments { free(argument) }
        guard code == 0 else {
            throw StartFailure(reason: "cannot run the reader \(program): \(String(cString: strerror(code)))")
        }
        output = LinePipe(owning: child.output)
        errors = LinePipe(owning: child.errors)
        ending = child.pidfd
        pid = child.pid
        input = child.input
    }

    deinit {
        close(ending)
        if input >= 0 { close(input) }
    }

    /// Asks the child to end.
    mutating func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
    }

    /// Kills the child and its process group. One that is just ending keeps its exit code: the kernel ignores signals to
    /// a process that is exiting.
    func kill() {
        _ = Glibc.kill(-pid, SIGKILL)
        // It may have left its group.
        _ = Glibc.kill(pid, SIGKILL)
    }

    /// Tells how the child ended and lets the kernel forget it. Blocks unless `ending` is readable.
    consuming func reap() -> SupervisorMachine.ChildEnd {
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0 {
            // ECHILD: who started the daemon made it ignore SIGCHLD, and so nobody knows.
            guard errno == EINTR else { return .exited(-1) }
        }
        // WTERMSIG and WEXITSTATUS, which Swift does not see.
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }
}
