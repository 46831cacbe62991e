import FoundationEssentials

/// A square picture on which shapes are painted one over the other, with smooth edges.
struct Canvas {
    static let size = 600

    private var pixels: [Color]

    /// - Parameter background: the colours from top to bottom.
    init(background: [Color]) {
        pixels = []
        pixels.reserveCapacity(Self.size * Self.size)
        for row in 0..<Self.size {
            let place = Float(row) / Float(Self.size - 1) * Float(background.count - 1)
            let index = min(Int(place), background.count - 2)
            let color = background[index].mixed(with: background[index + 1], place - Float(index))
            pixels.append(contentsOf: repeatElement(color, count: Self.size))
        }
    }

    /// - Parameters:
    ///   - softness: how far the edge runs out, in parts of the picture; 0 is a sharp edge.
    mutating func paint(_ shape: Shape, _ color: Color, opacity: Float = 1, softness: Float = 0) {
        paint(shape, from: color, to: color, opacity: opacity, softness: softness)
    }

    /// Paints with a gradient from the top of the picture to its bottom.
    mutating func paint(_ shape: Shape, from: Color, to: Color, opacity: Float = 1, softness: Float = 0) {
        let scale = Float(Self.size)
        let edge = max(softness * scale, 1)
        for row in 0..<Self.size {
            let y = (Float(row) + 0.5) / scale
            let color = from.mixed(with: to, y)
            for column in 0..<Self.size {
                let distance = shape.distance((Float(column) + 0.5) / scale, y) * scale
                guard distance < edge else { continue }
                let cover = softness > 0 ? 1 - max(0, distance) / edge : min(1, 0.5 - distance)
                guard cover > 0 else { continue }
                let index = row * Self.size + column
                let part = softness > 0 ? cover * cover * opacity : cover * opacity
                pixels[index] = pixels[index].mixed(with: color, part)
            }
        }
    }

    /// A portable pixmap (netpbm, P6): what `ffmpeg` reads without any help. Dithered, or the skies have steps.
    func pixmap() -> Data {
        var random = SeededRandom(seed: 3)
        var bytes = Array("P6 \(Self.size) \(Self.size) 255\n".utf8)
        bytes.reserveCapacity(bytes.count + pixels.count * 3)
        for pixel in pixels {
            let noise = Float(random.next(-0.5...0.5))
            for value in [pixel.red, pixel.green, pixel.blue] {
                bytes.append(UInt8(max(0, min(255, (value * 255 + noise).rounded()))))
            }
        }
        return Data(bytes)
    }
}
