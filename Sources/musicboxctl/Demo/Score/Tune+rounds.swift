extension Tune {
    /// A canon: the second voice follows after two bars, an octave lower.
    static let frereJacques = Tune(
        title: "Frère Jacques",
        composer: "French canon, 18th century",
        unitsPerMinute: 132,
        barLength: 4,
        transposition: 9,
        melody: frereJacquesOnce + frereJacquesOnce + "z4 | z4 |",
        accompaniment: "z4 | z4 |" + (frereJacquesOnce + frereJacquesOnce).octaveLower
    )

    private static let frereJacquesOnce = """
        c d e c | c d e c | e f g2 | e f g2 | g/a/g/f/ e c | g/a/g/f/ e c | c G c2 | c G c2 |
        """

    static let odeToJoy = Tune(
        title: "Ode to Joy",
        composer: "Ludwig van Beethoven",
        unitsPerMinute: 138,
        barLength: 4,
        transposition: 7,
        melody: """
            e e f g | g f e d | c c d e | e3/2 d/ d2 | e e f g | g f e d | c c d e | d3/2 c/ c2 |
            d d e c | d e/f/ e c | d e/f/ e d | c d G e | z e f g | g f e d | c c d e | d3/2 c/ c2 |
            """,
        accompaniment: """
            C G E G | B, G D G | C G E G | C E B, D | C G E G | B, G D G | C G E G | B, D C E |
            B, G C G | B, G C G | B, G E ^G | A, ^F G, F | C G E G | B, G D G | C G E G | B, D [CE]2 |
            """
    )

    static let avignon = Tune(
        title: "Sur le pont d'Avignon",
        composer: "French song, 15th century",
        unitsPerMinute: 208,
        barLength: 4,
        transposition: 7,
        melody: """
            c c c2 | d d d2 | e f g c | B c d G | c c c2 | d d d2 | e f g c | d B c2 |
            c c c d | c4 | c c c d | c4 | c c c2 | d d d2 | e f g c | B c d G | c c c2 | d d d2 | e f g c | d B c2 |
            """,
        accompaniment: """
            C G E G | B, G D G | C F E G | D G B, G | C G E G | B, G D G | C F E G | F G C E |
            C2 [EG]2 | C2 [EG]2 | C2 [EG]2 | C2 [EG]2 |
            C G E G | B, G D G | C F E G | D G B, G | C G E G | B, G D G | C F E G | F G [CE]2 |
            """
    )
}

extension String {
    /// The same ABC text an octave lower, for text without chords and octave marks.
    fileprivate var octaveLower: String {
        map { character in
            if character.isLowercase, character != "z" { return character.uppercased() }
            return character.isLetter && character != "z" ? "\(character)," : String(character)
        }
        .joined()
    }
}
