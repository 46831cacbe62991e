import Testing

@testable import musicboxctl

@Suite struct ServerURLTests {
    @Test(arguments: [
        ("http://127.0.0.1:5004", "127.0.0.1", 5004, ""), ("box.local", "box.local", 5004, ""),
        ("box.local:8080", "box.local", 8080, ""), ("http://box.local", "box.local", 80, ""),
        ("HTTP://box/", "box", 80, ""), ("http://[::1]:5004/", "::1", 5004, ""), ("[fe80::1]", "fe80::1", 5004, ""),
        ("http://nas/music/box/", "nas", 80, "/music/box"),
    ])
    func reads(_ text: String, _ host: String, _ port: Int, _ prefix: String) throws {
        let url = try ServerURL(parsing: text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.prefix == prefix)
    }

    @Test(arguments: [
        "", "http://", "http://:5004", "https://box", "ftp://box", "http://box:", "http://box:0", "http://box:65536",
        "http://box:http", "::1", "http://[::1", "http://[::1]x", "http://me@box", "http://box/?q=1", "http://box/#x",
        "http://bo x", "http://box/a b", "http://bücher.example", "http://box\r\nX: y",
    ])
    func refuses(_ text: String) {
        #expect(throws: ServerURL.ParseError.self) { try ServerURL(parsing: text) }
    }

    @Test(arguments: [
        ("box", "box:5004"), ("http://box", "box"), ("[::1]:80", "[::1]"), ("http://[::1]:5004", "[::1]:5004"),
    ])
    func namesTheHostHeader(_ text: String, _ authority: String) throws {
        #expect(try ServerURL(parsing: text).authority == authority)
    }

    @Test(arguments: [("a-Z_0.~", "a-Z_0.~"), ("a/b ?", "a%2Fb%20%3F"), ("é\n", "%C3%A9%0A")])
    func encodesSegments(_ text: String, _ encoded: String) {
        #expect(text.percentEncoded == encoded)
    }
}
