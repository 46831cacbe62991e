/// Two channels of samples, full scale at 1.
struct StereoSound: Sendable {
    static let rate = 44_100

    var left: [Float]
    var right: [Float]

    init(seconds: Double) {
        let frames = Int(seconds * Double(Self.rate))
        left = [Float](repeating: 0, count: frames)
        right = left
    }

    var frames: Int { left.count }

    var peak: Float {
        max(left.reduce(0) { max($0, abs($1)) }, right.reduce(0) { max($0, abs($1)) })
    }
}
