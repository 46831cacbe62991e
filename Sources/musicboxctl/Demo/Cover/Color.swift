/// A colour of light, 0...1 each.
struct Color: Sendable {
    var red, green, blue: Float

    init(_ red: Float, _ green: Float, _ blue: Float) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// `0xRRGGBB`
    init(_ hex: Int) {
        self.init(Float(hex >> 16 & 255) / 255, Float(hex >> 8 & 255) / 255, Float(hex & 255) / 255)
    }

    func mixed(with other: Color, _ part: Float) -> Color {
        Color(
            red + (other.red - red) * part,
            green + (other.green - green) * part,
            blue + (other.blue - blue) * part
        )
    }
}
