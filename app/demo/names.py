"""Names that nobody could take for a real person's."""

FAMILIES = (
    "Demo", "Test", "Sample", "Mock", "Fixture", "Example", "Specimen", "Muster", "Ejemplo", "Esempio", "Exemple",
    "Prova", "Prueba", "Trial", "Placeholder", "Pattern", "Template", "Proxy", "Simulado", "Przyklad", "Voorbeeld",
    "Exempel", "Modelo", "Standin", "Probe", "Draft", "Replica", "Beispiel", "Facsimile", "Prototype",
)  # fmt: skip
FEMALE = (
    "Alba", "Cora", "Edda", "Greta", "Ines", "Jana", "Lena", "Mira", "Nora", "Olga", "Petra", "Rosa", "Sara", "Tess",
    "Uma", "Vera", "Wanda", "Yara", "Zoe", "Amira", "Bianca", "Clara", "Dora", "Elena", "Farah", "Gwen", "Hana", "Iris",
)  # fmt: skip
MALE = (
    "Bruno", "Dilan", "Felix", "Hugo", "Ivan", "Jonas", "Karl", "Luis", "Marco", "Noah", "Oscar", "Pablo", "Quentin",
    "Ravi", "Samir", "Theo", "Umar", "Viktor", "Walter", "Xavier", "Yusuf", "Zeno", "Aron", "Basil", "Cyrus", "Dario",
)  # fmt: skip
STREETS = ("Sample Street", "Fixture Lane", "Demo Avenue", "Trial Road", "Pattern Way", "Mock Hill", "Template Court")
