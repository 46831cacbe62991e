import Glibc

extension Canvas {
    /// The moon over sleeping hills, with one window still lit.
    static func night() -> Canvas {
        var canvas = Canvas(background: [Color(0x0B1437), Color(0x1D2B64), Color(0x4A4580), Color(0x8A6A94)])
        var random = SeededRandom(seed: 11)
        for _ in 0..<90 {
            let (x, y) = (Float(random.next(0...1)), Float(random.next(0...0.62)))
            let radius = Float(random.next(0.0008...0.0026))
            canvas.paint(.circle(x, y, radius), Color(0xFFF6D8), opacity: Float(random.next(0.35...0.95)))
        }
        let moon = Shape.circle(0.60, 0.31, 0.165)
        canvas.paint(.circle(0.58, 0.32, 0.12), Color(0xB9B4F0), opacity: 0.34, softness: 0.30)
        let crescent = moon.without(.circle(0.675, 0.265, 0.145))
        canvas.paint(crescent, from: Color(0xFFF3C4), to: Color(0xF2B84B))
        for (x, y, radius, turn) in [
            (0.20, 0.20, 0.050, 0.2), (0.34, 0.44, 0.030, -0.3), (0.86, 0.17, 0.034, 0.5), (0.82, 0.47, 0.026, 0.1),
            (0.12, 0.45, 0.022, -0.2), (0.42, 0.12, 0.022, 0.4),
        ] as [(Float, Float, Float, Float)] {
            canvas.paint(.circle(x, y, radius * 0.5), Color(0xFFE9A8), opacity: 0.35, softness: radius * 1.6)
            canvas.paint(.star(x, y, radius, turned: turn), Color(0xFFE7A0))
        }
        for (x, y, size) in [(0.16, 0.60, 1.0), (0.74, 0.64, 1.25)] as [(Float, Float, Float)] {
            canvas.paint(.cloud(x, y, size * 0.085), Color(0xC9B6DA), opacity: 0.5)
        }
        canvas.paint(
            .below { 0.755 + 0.05 * sin($0 * 5 + 0.6) },
            from: Color(0x3C3F78),
            to: Color(0x2C2F63)
        )
        canvas.paint(.below { 0.84 + 0.055 * sin($0 * 4.2 + 3.4) }, from: Color(0x2B2C5E), to: Color(0x191B45))
        canvas.paintHouse(at: 0.24, 0.79)
        for (x, y, size) in [(0.62, 0.86, 1.0), (0.70, 0.87, 0.75), (0.80, 0.88, 1.15)] as [(Float, Float, Float)] {
            canvas.paint(.fir(x, y, size * 0.09), Color(0x11143A))
        }
        return canvas
    }

    private mutating func paintHouse(at x: Float, _ y: Float) {
        let wall = Color(0x14173F)
        let roof = Shape { px, py in max((abs(px - x - 0.06) - 0.01) * 0.8 - (py - y + 0.07), py - y - 0.004) }
        paint(.box(x + 0.088, y - 0.075, 0.018, 0.05), wall)
        paint(.box(x, y - 0.005, 0.12, 0.09), wall)
        paint(roof, Color(0x0A0C2A))
        paint(.box(x + 0.036, y + 0.022, 0.03, 0.03), Color(0xFFD468), opacity: 0.55, softness: 0.05)
        paint(.box(x + 0.036, y + 0.022, 0.03, 0.03, corner: 0.003), Color(0xFFD97A))
        paint(.box(x + 0.0495, y + 0.022, 0.003, 0.03), wall)
        paint(.box(x + 0.036, y + 0.0355, 0.03, 0.003), wall)
    }
}

extension Shape {
    /// Four bulges on a flat ground.
    static func cloud(_ x: Float, _ y: Float, _ size: Float) -> Shape {
        Shape.circle(x, y - size * 0.35, size * 0.62)
            .joined(.circle(x + size * 0.75, y - size * 0.15, size * 0.48))
            .joined(.circle(x - size * 0.72, y - size * 0.12, size * 0.42))
            .joined(.box(x - size * 1.15, y - size * 0.15, size * 2.4, size * 0.46, corner: size * 0.22))
            .inside(.below { _ in -1 })
    }

    /// A fir tree of three storeys.
    static func fir(_ x: Float, _ y: Float, _ size: Float) -> Shape {
        func storey(_ top: Float, _ width: Float, _ height: Float) -> Shape {
            Shape { px, py in
                max(abs(px - x) - width * (py - y - top) / height, py - y - top - height) * 0.8
            }
        }
        return storey(-size * 1.6, size * 0.32, size * 0.7)
            .joined(storey(-size * 1.15, size * 0.44, size * 0.75))
            .joined(storey(-size * 0.65, size * 0.55, size * 0.75))
            .joined(.box(x - size * 0.06, y, size * 0.12, size * 0.3))
    }
}
