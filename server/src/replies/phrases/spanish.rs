//! Phrases in Spanish.

use super::{Language, Want};

pub(super) const LANGUAGE: Language = Language {
    marks: &[
        "el", "la", "los", "las", "es", "son", "y", "de", "que", "en", "un", "una", "no", "por", "para",
        "con", "está", "se", "lo", "me", "te", "gracias", "qué", "cuándo", "dónde", "favor",
    ],
    wants: &[
        Want {
            cues: &["gracias", "muchas gracias"],
            question: Some(false),
            replies: &["¡De nada!", "¡Con gusto!", "👍"],
        },
        Want {
            cues: &["felicidades", "enhorabuena", "feliz cumpleaños", "buen trabajo"],
            question: None,
            replies: &["¡Muchas gracias!", "¡Qué amable!", "🎉"],
        },
        Want {
            cues: &["perdón", "lo siento", "disculpa", "disculpe"],
            question: Some(false),
            replies: &["¡No pasa nada!", "No te preocupes.", "Está bien."],
        },
        Want {
            cues: &["cómo estás", "cómo está", "qué tal"],
            question: None,
            replies: &[
                "Bien, gracias. ¿Y tú?",
                "¡Muy bien, gracias!",
                "Con mucho trabajo, pero bien.",
            ],
        },
        Want {
            cues: &[
                "adiós",
                "hasta luego",
                "hasta mañana",
                "nos vemos",
                "buen fin de semana",
            ],
            question: Some(false),
            replies: &["¡Hasta luego!", "¡Igualmente!", "¡Adiós!"],
        },
        Want {
            cues: &[
                "^hola",
                "^buenos días",
                "^buenas tardes",
                "^buenas noches",
                "^buenas",
            ],
            question: Some(false),
            replies: &["¡Hola!", "Hola, ¿en qué ayudo?", "¡Buenos días!"],
        },
        Want {
            cues: &["puedes", "puede", "podrías", "podría"],
            question: None,
            replies: &[
                "Claro, lo hago.",
                "Ya estoy en ello.",
                "Ahora no puedo, lo siento.",
            ],
        },
        Want {
            cues: &[
                "tienes tiempo",
                "tiene tiempo",
                "tienes un momento",
                "tiene un momento",
            ],
            question: Some(true),
            replies: &["Sí, ahora puedo.", "¿En media hora?", "Hoy no puedo, lo siento."],
        },
        Want {
            cues: &["cuándo", "a qué hora", "cuánto tiempo"],
            question: Some(true),
            replies: &["Voy a mirarlo.", "Te aviso en cuanto lo sepa.", "Hoy mismo."],
        },
        Want {
            cues: &["dónde", "adónde"],
            question: Some(true),
            replies: &["Voy a mirarlo.", "Te mando la dirección.", "En la oficina."],
        },
        Want {
            cues: &["por qué", "quién"],
            question: Some(true),
            replies: &["Voy a averiguarlo.", "No estoy seguro.", "Luego lo explico."],
        },
        Want {
            cues: &["por favor"],
            question: Some(false),
            replies: &["Claro.", "Ya estoy en ello.", "¡Hecho!"],
        },
        Want {
            cues: &["listo", "hecho", "terminado", "enviado"],
            question: Some(false),
            replies: &["¡Genial, gracias!", "¡Perfecto!", "👍"],
        },
        Want {
            cues: &["está", "es", "hay", "tienes", "tiene", "vale", "verdad"],
            question: Some(true),
            replies: &["Sí", "No", "Todavía no lo sé."],
        },
    ],
};
