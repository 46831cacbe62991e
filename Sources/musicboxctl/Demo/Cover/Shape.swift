import Glibc

/// An area of the picture, given by the distance of a point to its border, negative inside. The picture reaches from
/// (0, 0) at the top left to (1, 1).
struct Shape: Sendable {
    var distance: @Sendable (_ x: Float, _ y: Float) -> Float

    static func circle(_ x: Float, _ y: Float, _ radius: Float) -> Shape {
        Shape { hypot($0 - x, $1 - y) - radius }
    }

    static func ellipse(_ x: Float, _ y: Float, _ width: Float, _ height: Float) -> Shape {
        Shape { (hypot(($0 - x) / width, ($1 - y) / height) - 1) * min(width, height) }
    }

    static func box(_ x: Float, _ y: Float, _ width: Float, _ height: Float, corner: Float = 0) -> Shape {
        Shape { px, py in
            let dx = abs(px - x - width / 2) - width / 2 + corner
            let dy = abs(py - y - height / 2) - height / 2 + corner
            return hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - corner
        }
    }

    /// A stroke with round ends.
    static func line(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float, width: Float) -> Shape {
        Shape { px, py in
            let (dx, dy) = (x2 - x1, y2 - y1)
            let along = max(0, min(1, ((px - x1) * dx + (py - y1) * dy) / (dx * dx + dy * dy)))
            return hypot(px - x1 - along * dx, py - y1 - along * dy) - width / 2
        }
    }

    /// A star with five rounded points.
    static func star(_ x: Float, _ y: Float, _ radius: Float, turned: Float = 0) -> Shape {
        Shape { px, py in
            let (dx, dy) = (px - x, py - y)
            let sector = Float.pi * 2 / 5
            let angle = atan2(dx, -dy) + turned
            let folded = abs(angle - sector * (angle / sector).rounded())
            let length = hypot(dx, dy)
            // The edge from the outer point to the inner corner.
            let (ox, oy) = (radius, Float(0))
            let (ix, iy) = (radius * 0.45 * cos(sector / 2), radius * 0.45 * sin(sector / 2))
            let (qx, qy) = (length * cos(folded), length * sin(folded))
            let cross = (ix - ox) * (qy - oy) - (iy - oy) * (qx - ox)
            return -cross / hypot(ix - ox, iy - oy) - radius * 0.04
        }
    }

    /// All below a curve.
    static func below(_ height: @escaping @Sendable (_ x: Float) -> Float) -> Shape {
        Shape { height($0) - $1 }
    }

    func joined(_ other: Shape) -> Shape {
        Shape { min(distance($0, $1), other.distance($0, $1)) }
    }

    func without(_ other: Shape) -> Shape {
        Shape { max(distance($0, $1), -other.distance($0, $1)) }
    }

    func inside(_ other: Shape) -> Shape {
        Shape { max(distance($0, $1), other.distance($0, $1)) }
    }

    func turned(_ angle: Float, around x: Float, _ y: Float) -> Shape {
        let (c, s) = (cos(angle), sin(angle))
        return Shape { px, py in
            distance(x + (px - x) * c + (py - y) * s, y - (px - x) * s + (py - y) * c)
        }
    }
}
