extension Tune {
    static let furElise = Tune(
        title: "Für Elise",
        composer: "Ludwig van Beethoven",
        unitsPerMinute: 276,
        barLength: 6,
        transposition: 0,
        melody: """
            z4 e'^d' | e'^d'e'bd'c' | a2 z cea | b2 z e^gb | c'2 z ee'^d' | e'^d'e'bd'c' | a2 z cea | b2 z ec'b |
            a2 z bc'd' | e'3 gf'e' | d'3 fe'd' | c'3 ed'c' | b2 z ee'z | ze'e''zz^d' | e'zz^d'e'^d' |
            e'^d'e'bd'c' | a2 z cea | b2 z e^gb | c'2 z ee'^d' | e'^d'e'bd'c' | a2 z cea | b2 z ec'b | a6 |
            """,
        accompaniment: """
            z6 | z6 | A,EA z3 | E,E^G z3 | A,EA z3 | z6 | A,EA z3 | E,E^G z3 |
            A,EA z3 | CGc z3 | G,GB z3 | A,EA z3 | E,Ee z3 | z6 | z6 |
            z6 | A,EA z3 | E,E^G z3 | A,EA z3 | z6 | A,EA z3 | E,E^G z3 | A,EA c z2 |
            """
    )

    static let canon = Tune(
        title: "Canon in D",
        composer: "Johann Pachelbel",
        unitsPerMinute: 168,
        barLength: 8,
        sharps: 2,
        transposition: 5,
        melody: """
            z8 | z8 | f2 e2 d2 c2 | B2 A2 B2 c2 | [df]2 [ce]2 [Bd]2 [Ac]2 | [GB]2 [FA]2 [GB]2 [Ac]2 |
            d f a g f d f e | d B d a g b a g |
            a f/g/ a f/g/ a/A/B/c/ d/e/f/g/ | f d/e/ f F/G/ A/B/A/G/ A/F/G/A/ |
            G B/A/ G F/E/ F/E/D/E/ F/G/A/B/ | G B/A/ B c/d/ A/B/c/d/ e/f/g/a/ | [fd']8 |
            """,
        accompaniment: """
            DA A,E B,F F,C | G,D D,A, G,D A,E | DA A,E B,F F,C | G,D D,A, G,D A,E |
            DA A,E B,F F,C | G,D D,A, G,D A,E | DA A,E B,F F,C | G,D D,A, G,D A,E |
            DA A,E B,F F,C | G,D D,A, G,D A,E | DA A,E B,F F,C | G,D D,A, G,D A,E | D A d f4 z |
            """
    )

    static let minuet = Tune(
        title: "Minuet in G",
        composer: "Christian Petzold",
        unitsPerMinute: 126,
        barLength: 3,
        sharps: 1,
        transposition: 5,
        melody: """
            d G/A/B/c/ | d G G | e c/d/e/f/ | g G G | c d/c/B/A/ | B c/B/A/G/ | F G/A/B/G/ | A3 |
            d G/A/B/c/ | d G G | e c/d/e/f/ | g G G | c d/c/B/A/ | B c/B/A/G/ | A B/A/G/F/ | [BG]3 |
            """,
        accompaniment: """
            [G,D]2 A, | B,3 | C3 | B,3 | A,3 | G,3 | D B, G, | D D/C/B,/A,/ |
            B,2 A, | G, B, G, | C3 | B, C/B,/A,/G,/ | A,2 F, | G,2 B, | C D D | G, B, D |
            """
    )

    static let greensleeves = Tune(
        title: "Greensleeves",
        composer: "English melody, 16th century",
        unitsPerMinute: 186,
        barLength: 6,
        transposition: 7,
        melody: """
            z5 A | c2 d e3/2^f/e | d2 B G3/2A/B | c2 A A3/2^G/A | B2 ^G E2 A | c2 d e3/2^f/e | d2 B G3/2A/B |
            c3/2B/A ^G3/2^F/^G | A3 A3 | g3 g3/2^f/e | d2 B G3/2A/B | c2 A A3/2^G/A | B2 ^G E3 |
            g3 g3/2^f/e | d2 B G3/2A/B | c3/2B/A ^G3/2^F/^G | A6 |
            """,
        accompaniment: """
            z6 | A,EA E2 E | G,DG D2 D | A,EA E2 E | E,B,E B,2 E | A,EA E2 E | G,DG D2 D |
            A,2 E E,2 B, | A,EA E2 E | CGc G2 G | G,DG D2 D | A,EA E2 E | E,B,E ^G2 B |
            CGc G2 G | G,DG D2 D | A,2 E E,2 B, | A,EA c2 e |
            """
    )
}
