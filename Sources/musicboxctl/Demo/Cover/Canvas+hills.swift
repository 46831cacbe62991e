import Glibc

extension Canvas {
    /// Green hills with sheep on a summer's day.
    static func hills() -> Canvas {
        var canvas = Canvas(background: [Color(0x6FC3DF), Color(0xA9DDE3), Color(0xF4F2D2), Color(0xF4F2D2)])
        canvas.paint(.circle(0.77, 0.23, 0.085), Color(0xFFF3B0), opacity: 0.7, softness: 0.16)
        canvas.paint(.circle(0.77, 0.23, 0.085), Color(0xFFD95A))
        for (x, y, size) in [(0.22, 0.20, 0.075), (0.52, 0.30, 0.052), (0.93, 0.38, 0.06)] as [(Float, Float, Float)] {
            canvas.paint(.cloud(x, y, size), Color(0xFFFFFF), opacity: 0.93)
        }
        let slopes: [(height: Float, swing: Float, rate: Float, phase: Float, top: Int, bottom: Int)] = [
            (0.55, 0.045, 5.5, 1.0, 0x8CC7A0, 0x7DB891), (0.64, 0.055, 4.3, 3.6, 0x86C26B, 0x5DA653),
            (0.76, 0.060, 4.9, 0.3, 0x6DB14B, 0x3F8A3C),
        ]
        for (index, slope) in slopes.enumerated() {
            canvas.paint(
                .below { slope.height + slope.swing * sin($0 * slope.rate + slope.phase) },
                from: Color(slope.top),
                to: Color(slope.bottom)
            )
            if index == 1 { canvas.paintTree(0.17, 0.575, 0.11) }
        }
        var random = SeededRandom(seed: 23)
        for _ in 0..<70 {
            let (x, y) = (Float(random.next(0...1)), Float(random.next(0.86...0.99)))
            let color = [Color(0xFFFFFF), Color(0xFFE36E), Color(0xF58AA0)][Int(random.next(0...2.99))]
            canvas.paint(.circle(x, y, Float(random.next(0.003...0.0065))), color, opacity: 0.95)
        }
        for (x, y, size) in [(0.36, 0.80, 0.075), (0.62, 0.76, 0.060), (0.80, 0.87, 0.088)] as [(Float, Float, Float)] {
            canvas.paintSheep(x, y, size)
        }
        return canvas
    }

    private mutating func paintTree(_ x: Float, _ y: Float, _ size: Float) {
        paint(.box(x - size * 0.08, y - size * 0.4, size * 0.16, size * 1.0, corner: size * 0.05), Color(0x7A4E2D))
        for (dx, dy, radius, color) in [
            (0.0, -0.9, 0.62, 0x3F8F45), (-0.45, -0.55, 0.45, 0x3F8F45), (0.45, -0.55, 0.45, 0x3F8F45),
            (-0.15, -1.0, 0.42, 0x57A957), (0.25, -0.72, 0.30, 0x57A957),
        ] as [(Float, Float, Float, Int)] {
            paint(.circle(x + dx * size, y + dy * size, radius * size), Color(color))
        }
    }

    private mutating func paintSheep(_ x: Float, _ y: Float, _ size: Float) {
        paint(.ellipse(x, y + size * 0.92, size * 1.0, size * 0.16), Color(0x235B23), opacity: 0.35, softness: 0.01)
        for leg in [-0.45, -0.2, 0.25, 0.5] as [Float] {
            paint(
                .box(x + leg * size - size * 0.06, y + size * 0.35, size * 0.12, size * 0.55, corner: size * 0.05),
                Color(0x3B3330)
            )
        }
        var wool = Shape.ellipse(x, y, size * 0.78, size * 0.5)
        for bulge in 0..<11 {
            let angle = Float(bulge) * 2 * .pi / 11
            wool = wool.joined(.circle(x + cos(angle) * size * 0.72, y + sin(angle) * size * 0.44, size * 0.26))
        }
        paint(wool, from: Color(0xFFFFFF), to: Color(0xEDE6D6))
        let (hx, hy) = (x - size * 0.88, y - size * 0.22)
        paint(
            .ellipse(hx + size * 0.24, hy - size * 0.10, size * 0.20, size * 0.08).turned(0.5, around: hx, hy),
            Color(0x3B3330)
        )
        paint(.ellipse(hx, hy, size * 0.22, size * 0.32).turned(0.35, around: hx, hy), Color(0x453B37))
        paint(.circle(hx + size * 0.10, hy - size * 0.30, size * 0.17), Color(0xFFFFFF))
        paint(.circle(hx - size * 0.07, hy - size * 0.06, size * 0.045), Color(0xFFFFFF))
    }
}
