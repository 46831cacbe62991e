/// How to run and judge a reader process.
package struct ReaderConfiguration: Sendable {
    /// The program and its arguments. A program without a slash is looked up in PATH.
    package var command: [String]
    /// How long a reader may take to say its first line: some of libnfc's searches take seconds.
    package var startTimeout: Duration
    /// How long a reader may be silent before it counts as hung and is killed.
    package var heartbeatTimeout: Duration
    /// The wait before the first restart; doubles up to `restartLimit`.
    package var restartDelay: Duration
    /// The longest wait before a restart.
    package var restartLimit: Duration
    /// How long a reader must have been ready for the next restart to be a quick one again.
    package var healthyAfter: Duration
    /// How long a restarted reader has to see the tag that lay there before it counts as removed.
    package var returnGrace: Duration
    /// How long a reader has to end after its input closed before it is killed.
    package var endGrace: Duration

    package init(
        command: [String],
        startTimeout: Duration = .seconds(10),
        heartbeatTimeout: Duration = .seconds(3),
        restartDelay: Duration = .milliseconds(200),
        restartLimit: Duration = .seconds(5),
        healthyAfter: Duration = .seconds(10),
        returnGrace: Duration = .milliseconds(1500),
        endGrace: Duration = .milliseconds(500)
    ) {
        self.command = command
        self.startTimeout = startTimeout
        self.heartbeatTimeout = heartbeatTimeout
        self.restartDelay = restartDelay
        self.restartLimit = restartLimit
        self.healthyAfter = healthyAfter
        self.returnGrace = returnGrace
        self.endGrace = endGrace
    }
}
