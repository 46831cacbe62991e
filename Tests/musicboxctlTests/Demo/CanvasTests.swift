import Testing

@testable import musicboxctl

@Suite struct CanvasTests {
    @Test(
        arguments: [
            (Shape.circle(0.5, 0.5, 0.2), (0.5, 0.5), (0.8, 0.5)),
            (.box(0.2, 0.2, 0.2, 0.2, corner: 0.05), (0.3, 0.3), (0.2, 0.2)),
            (.line(0.1, 0.1, 0.9, 0.1, width: 0.05), (0.5, 0.11), (0.5, 0.2)),
            (.star(0.5, 0.5, 0.3), (0.5, 0.25), (0.5, 0.78)),
            (.below { _ in 0.5 }, (0.5, 0.9), (0.5, 0.1)),
            (Shape.circle(0.5, 0.5, 0.2).without(.circle(0.5, 0.5, 0.1)), (0.65, 0.5), (0.5, 0.5)),
            (.bell(0.5, 0.5, 0.2), (0.5, 0.5), (0.9, 0.5)),
        ] as [(Shape, (Float, Float), (Float, Float))]
    )
    func shapes(shape: Shape, inside: (Float, Float), outside: (Float, Float)) {
        #expect(shape.distance(inside.0, inside.1) < 0)
        #expect(shape.distance(outside.0, outside.1) > 0)
    }

    @Test func aPixmapHasThreeBytesPerPixel() {
        var canvas = Canvas(background: [Color(0x000000), Color(0x000000)])
        canvas.paint(.circle(0.5, 0.5, 0.1), Color(0xFFFFFF))
        let data = [UInt8](canvas.pixmap())
        let header = Array("P6 \(Canvas.size) \(Canvas.size) 255\n".utf8)
        #expect(Array(data.prefix(header.count)) == header)
        #expect(data.count == header.count + Canvas.size * Canvas.size * 3)
        let middle = header.count + (Canvas.size / 2 * Canvas.size + Canvas.size / 2) * 3
        #expect(data[middle] > 250 && data[header.count] < 5)
    }
}
