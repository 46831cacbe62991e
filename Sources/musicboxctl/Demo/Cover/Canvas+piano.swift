import Glibc

extension Canvas {
    /// The keys of an old piano, and what rises from them.
    static func piano() -> Canvas {
        var canvas = Canvas(background: [Color(0x123B44), Color(0x1E5A5E), Color(0x3E8C7F)])
        canvas.paint(.circle(0.5, 0.60, 0.15), Color(0xF3E3B0), opacity: 0.38, softness: 0.5)
        for line in 0..<5 {
            let height = Float(line) * 0.042
            let stave = Shape { x, y in
                abs(y - 0.24 - height - 0.055 * sin(x * 5.2 + 0.4)) - 0.0022
            }
            canvas.paint(stave, Color(0xF6ECC9), opacity: 0.75)
        }
        let notes: [(x: Float, step: Float)] = [
            (0.10, 3), (0.23, 1.5), (0.36, 2.5), (0.49, 0.5), (0.62, 2), (0.75, 3.5), (0.88, 1),
        ]
        for note in notes {
            let y = 0.24 + note.step * 0.042 + 0.055 * sin(note.x * 5.2 + 0.4)
            canvas.paint(.note(note.x + 0.006, y + 0.008, 0.036), Color(0x06242A), opacity: 0.35, softness: 0.01)
            canvas.paint(.note(note.x, y, 0.036), Color(0xFBF3D8))
        }
        canvas.paintKeys(top: 0.64)
        canvas.paintRose(0.80, 0.60, 0.085)
        return canvas
    }

    private mutating func paintKeys(top: Float) {
        paint(.box(-0.1, top - 0.05, 1.2, 0.5), Color(0x0A1C20), opacity: 0.6, softness: 0.04)
        paint(.box(-0.1, top - 0.045, 1.2, 0.05), from: Color(0x5A2E22), to: Color(0x3A1B16))
        paint(.box(-0.1, top, 1.2, 0.5), Color(0x6E675C))
        let width: Float = 0.125
        for key in 0..<8 {
            let x = Float(key) * width
            paint(
                .box(x + 0.002, top, width - 0.004, 0.40, corner: 0.012),
                from: Color(0xD8CFB8),
                to: Color(0xFFFBEF)
            )
        }
        paint(.box(-0.1, top, 1.2, 0.006), Color(0x000000), opacity: 0.4, softness: 0.02)
        for key in [0, 1, 3, 4, 5, 7] {
            let x = Float(key + 1) * width - 0.036
            paint(
                .box(x + 0.006, top - 0.002, 0.072, 0.215, corner: 0.010),
                Color(0x201C1A),
                opacity: 0.35,
                softness: 0.016
            )
            paint(.box(x, top - 0.006, 0.072, 0.212, corner: 0.010), Color(0x16171B))
            paint(.box(x + 0.010, top - 0.004, 0.052, 0.185, corner: 0.012), from: Color(0x3A3D47), to: Color(0x22242B))
        }
    }

    private mutating func paintRose(_ x: Float, _ y: Float, _ size: Float) {
        paint(.line(x, y, x - size * 2.1, y + size * 1.5, width: 0.011), Color(0x2E6B3A))
        for (along, side) in [(0.42, 1.0), (0.68, -1.0)] as [(Float, Float)] {
            let (lx, ly) = (x - size * 2.1 * along, y + size * 1.5 * along)
            let leaf = Shape.ellipse(lx + side * size * 0.28, ly + side * size * 0.40, size * 0.22, size * 0.46)
            paint(leaf.turned(-0.6, around: lx, ly), from: Color(0x5DA35A), to: Color(0x2F7A3F))
        }
        let petals: [(radius: Float, color: Int)] = [
            (1, 0xA11D3A), (0.78, 0xC22B48), (0.56, 0xD9475C), (0.34, 0xEE6E77),
        ]
        for (ring, petal) in petals.enumerated() {
            for leaf in 0..<5 {
                let angle = Float(leaf) * .pi * 0.4 + Float(ring) * 0.6
                let reach = size * petal.radius * 0.48
                let shape = Shape.circle(x + cos(angle) * reach, y + sin(angle) * reach, size * petal.radius * 0.62)
                paint(shape, Color(petal.color), opacity: 0.9)
                paint(shape.without(.circle(x, y, size * petal.radius * 0.9)), Color(0x6B0F28), opacity: 0.12)
            }
        }
        paint(.circle(x, y, size * 0.10), Color(0xF9A3A0))
    }
}
