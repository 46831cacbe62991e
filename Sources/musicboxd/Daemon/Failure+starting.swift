import Glibc
import NIOCore

extension Failure {
    /// Why the server could not take its port.
    init(starting error: any Error, host: String, port: Int) {
        guard let error = error as? IOError else {
            self.init(EX_SOFTWARE, "stopped: \(error)")
            return
        }
        switch error.errnoCode {
        case EADDRINUSE:
            self.init(
                EX_UNAVAILABLE,
                "port \(port) is in use: is another musicboxd running? --set http.port=N takes another one"
            )
        case EACCES: self.init(EX_NOPERM, "port \(port) may not be used by this user: choose one above 1023")
        case EADDRNOTAVAIL:
            self.init(EX_CONFIG, "http.host \(host) is no address of this machine: 0.0.0.0 takes all of them")
        default: self.init(EX_OSERR, "cannot listen on \(host):\(port): \(String(cString: strerror(error.errnoCode)))")
        }
    }
}
