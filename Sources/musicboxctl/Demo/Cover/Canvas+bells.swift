import Glibc

extension Canvas {
    /// Three bells on a ribbon in the morning sun.
    static func bells() -> Canvas {
        var canvas = Canvas(background: [Color(0xFCE4B8), Color(0xF9C48E), Color(0xEE9A86)])
        canvas.paint(.circle(0.5, 0.46, 0.10), Color(0xFFF7DC), opacity: 0.85, softness: 0.42)
        for ray in 0..<16 {
            let angle = Float(ray) * .pi / 8 + 0.1
            let far = Shape.line(0.5, 0.46, 0.5 + cos(angle), 0.46 + sin(angle), width: 0.035)
            canvas.paint(far, Color(0xFFF3D0), opacity: 0.16, softness: 0.03)
        }
        let swings: [(x: Float, y: Float, size: Float, turn: Float)] = [
            (0.25, 0.36, 0.145, 0.28), (0.75, 0.36, 0.145, -0.28), (0.50, 0.40, 0.195, -0.06),
        ]
        let beam = Shape { px, py in abs(py - 0.17 - 0.05 * sin((px - 0.02) * .pi)) - 0.016 }
        canvas.paint(beam, from: Color(0xC9504C), to: Color(0x8E2B3A))
        for bell in swings {
            canvas.paint(
                .line(bell.x, 0.20, bell.x, bell.y - bell.size * 0.62, width: 0.012),
                Color(0xA83A44)
            )
            canvas.paintBell(bell.x, bell.y, bell.size, bell.turn)
            canvas.paintBow(bell.x, 0.215, bell.size * 0.42)
        }
        for (x, y, size) in [(0.13, 0.70, 0.05), (0.86, 0.74, 0.055), (0.34, 0.83, 0.045), (0.67, 0.86, 0.05)]
            as [(Float, Float, Float)]
        {
            canvas.paint(.note(x, y, size), Color(0x7A2E3F), opacity: 0.9)
        }
        return canvas
    }

    private mutating func paintBell(_ x: Float, _ y: Float, _ size: Float, _ turn: Float) {
        let top = y - size * 0.62
        func turned(_ shape: Shape) -> Shape { shape.turned(turn, around: x, top) }
        let clapper = Shape.circle(x, y + size * 0.98, size * 0.15)
        let body = Shape.bell(x, y, size)
        let shadow = Color(0x6B2A22)
        paint(turned(body.joined(clapper)).turned(0, around: 0, 0), shadow, opacity: 0.22, softness: 0.035)
        paint(turned(clapper), Color(0x8C5A1E))
        paint(turned(body), from: Color(0xFFD976), to: Color(0xC6781E))
        let light = Shape.ellipse(x - size * 0.26, y + size * 0.05, size * 0.09, size * 0.42)
        paint(turned(light.inside(body)), Color(0xFFF6CF), opacity: 0.75, softness: size * 0.12)
        let dark = Shape.bell(x + size * 0.42, y, size * 1.02)
        paint(turned(body.inside(dark)), Color(0x9C5414), opacity: 0.22)
        paint(turned(Shape.box(x - size, y + size * 0.50, size * 2, size * 0.05).inside(body)), Color(0xA4631B))
        paint(turned(.circle(x, top - size * 0.02, size * 0.10)), Color(0xD99A38))
    }

    private mutating func paintBow(_ x: Float, _ y: Float, _ size: Float) {
        for side in [-1, 1] as [Float] {
            let loop = Shape.ellipse(x + side * size * 0.55, y, size * 0.5, size * 0.3)
            paint(loop.turned(side * 0.35, around: x, y), from: Color(0xE4655C), to: Color(0xA83040))
            paint(.line(x, y, x + side * size * 0.6, y + size * 0.85, width: size * 0.22), Color(0xC4464A))
        }
        paint(.circle(x, y, size * 0.22), Color(0xA83040))
    }
}

extension Shape {
    static func bell(_ x: Float, _ y: Float, _ size: Float) -> Shape {
        Shape { px, py in
            let place = (py - y) / size
            // From the crown at -0.62 over the waist to the lip at 0.85.
            let t = max(0, min(1, (place + 0.62) / 1.47))
            let width = 0.30 * sqrt(min(1, t * 6)) + 0.12 * t + 0.40 * t * t * t * t
            return max((abs(px - x) / size - width) * 0.9, place - 0.85, -0.62 - place) * size
        }
    }

    /// An eighth note.
    static func note(_ x: Float, _ y: Float, _ size: Float) -> Shape {
        let head = Shape.ellipse(x, y, size * 0.55, size * 0.40).turned(-0.4, around: x, y)
        let flag = Shape { px, py in
            let (dx, dy) = ((px - x) / size, (py - y) / size)
            let curve = 0.48 + 0.55 * sin(max(0, min(1, (dy + 1.9) / 1.1)) * 1.9)
            return max(abs(dx - curve) - 0.11 * (dy + 2.0), -1.9 - dy, dy + 0.75, 0.42 - dx) * size * 0.7
        }
        return head.joined(.line(x + size * 0.47, y - size * 0.1, x + size * 0.47, y - size * 1.9, width: size * 0.12))
            .joined(flag)
    }
}
