/// A libnfc connection string: `driver:path[:speed]`.
struct ConnectionString {
    let text: String
    let driver: Substring
    /// The file behind it, if it names one; USB drivers name a bus address instead.
    let path: String?

    init(_ text: String) {
        self.text = text
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        driver = parts.first ?? ""
        path = parts.count > 1 && parts[1].hasPrefix("/") ? String(parts[1]) : nil
    }

    /// True for the drivers that sit on a serial port and claim it through its terminal flags.
    var isSerial: Bool { driver == "pn532_uart" || driver == "arygon" || driver == "acr122s" }

    /// True if the driver stalls up to a second when the host pauses between two commands.
    ///
    /// pn532_i2c.c keeps 5 ms between transactions by the difference of two `tv_nsec` and forgets `tv_sec`: when the
    /// second has turned over in between, it sleeps for nearly a second. Polling without a pause avoids that.
    var mustNotPause: Bool { driver == "pn532_i2c" }
}
