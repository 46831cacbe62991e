extension Tune {
    static let twinkle = Tune(
        title: "Twinkle, Twinkle, Little Star",
        composer: "French melody, 1761",
        unitsPerMinute: 200,
        barLength: 8,
        transposition: 9,
        melody: """
            c2c2 g2g2 | a2a2 g4 | f2f2 e2e2 | d2d2 c4 | g2g2 f2f2 | e2e2 d4 | g2g2 f2f2 | e2e2 d4 |
            c2c2 g2g2 | a2a2 g4 | f2f2 e2e2 | d2d2 c4 |
            """,
        accompaniment: """
            CGEG CGEG | CAFA CGEG | CAFA CGEG | B,GDG CGEG | CGEG CAFA | CGEG B,GDG | CGEG CAFA | CGEG B,GDF |
            CGEG CGEG | CAFA CGEG | DAFA CGEG | B,GDF [CE]4 |
            """
    )

    static let brahms = Tune(
        title: "Lullaby",
        composer: "Johannes Brahms",
        unitsPerMinute: 146,
        barLength: 6,
        transposition: 3,
        melody: """
            z4 ee | g3 e e2 | g4 eg | c'2 b3 a | a2 g2 de | f2 d2 de | f4 df | ba g2 b2 | c'4 cc |
            c'4 af | g4 ec | f2 g2 a2 | g4 cc | c'4 af | g4 ec | f2 e2 d2 | c6 |
            """,
        accompaniment: """
            z6 | C2 E2 G2 | C2 E2 G2 | C2 E2 G2 | C2 F2 E2 | B,2 D2 G2 | B,2 D2 G2 | G,2 D2 F2 | C2 E2 G2 |
            C2 F2 A2 | C2 E2 G2 | D2 E2 F2 | C2 E2 G2 | C2 F2 A2 | C2 E2 G2 | A,2 G,2 F2 | C2 E2 [Gc]2 |
            """
    )

    static let clairDeLune = Tune(
        title: "Au clair de la lune",
        composer: "French song, 18th century",
        unitsPerMinute: 128,
        barLength: 4,
        transposition: 7,
        melody: """
            c c c d | e2 d2 | c e d d | c4 | c c c d | e2 d2 | c e d d | c4 |
            d d d d | A2 A2 | d c B A | G4 | c c c d | e2 d2 | c e d d | c4 |
            """,
        accompaniment: """
            C G E G | C G B, G | C G F G | C G E G | C G E G | C G B, G | C G F G | C G E G |
            D A ^F A | D A ^F A | D A ^F D | G, B, D F | C G E G | C G B, G | C G F G | C E [Gc]2 |
            """
    )
}
