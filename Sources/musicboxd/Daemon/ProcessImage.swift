import Glibc

/// This program in this process.
enum ProcessImage {
    /// Begins the program again with the same arguments, in the place of this run: the process id stays, so whoever
    /// supervises it sees no end. Returns only if that fails.
    static func startAnew() -> Failure {
        // Ignored and blocked signals would stay so.
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { signal(number, SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        // By its path, so that ps(1) shows its name, and an update that came meanwhile counts.
        execv(ProgramPath.program, CommandLine.unsafeArgv)
        execv("/proc/self/exe", CommandLine.unsafeArgv)
        return Failure(EX_OSERR, "cannot start again: \(String(cString: strerror(errno)))")
    }
}
