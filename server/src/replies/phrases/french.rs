//! Phrases in French.

use super::{Language, Want};

pub(super) const LANGUAGE: Language = Language {
    marks: &[
        "le", "la", "les", "est", "sont", "et", "de", "que", "en", "un", "une", "pas", "pour", "avec", "je",
        "vous", "nous", "il", "ce", "des", "du", "au", "merci", "quand", "où", "quoi", "plaît",
    ],
    wants: &[
        Want {
            cues: &["merci", "merci beaucoup"],
            question: Some(false),
            replies: &["Je vous en prie !", "Avec plaisir !", "👍"],
        },
        Want {
            cues: &["félicitations", "bravo", "joyeux anniversaire"],
            question: None,
            replies: &["Merci beaucoup !", "C'est gentil !", "🎉"],
        },
        Want {
            cues: &["pardon", "désolé", "désolée", "excusez"],
            question: Some(false),
            replies: &["Pas de problème !", "Ce n'est pas grave.", "Tout va bien."],
        },
        Want {
            cues: &["ça va", "comment allez"],
            question: None,
            replies: &[
                "Bien, merci. Et vous ?",
                "Très bien, merci !",
                "Chargé, mais bien.",
            ],
        },
        Want {
            cues: &[
                "au revoir",
                "à demain",
                "à bientôt",
                "à plus",
                "bonne soirée",
                "bon week",
                "bonne journée",
            ],
            question: Some(false),
            replies: &["À bientôt !", "À vous aussi !", "Au revoir !"],
        },
        Want {
            cues: &["^bonjour", "^bonsoir", "^salut"],
            question: Some(false),
            replies: &["Bonjour !", "Bonjour, que puis-je faire ?", "Ravi de vous lire !"],
        },
        Want {
            cues: &["pouvez", "peux", "pourriez", "pourrais"],
            question: None,
            replies: &[
                "Oui, je m'en occupe.",
                "C'est en cours.",
                "Pas maintenant, désolé.",
            ],
        },
        Want {
            cues: &["quand", "à quelle heure", "combien de temps"],
            question: Some(true),
            replies: &["Je vérifie.", "Je vous dis dès que je sais.", "Avant ce soir."],
        },
        Want {
            cues: &["où"],
            question: Some(true),
            replies: &["Je vérifie.", "Je vous envoie l'adresse.", "Au bureau."],
        },
        Want {
            cues: &["pourquoi", "qui"],
            question: Some(true),
            replies: &["Je me renseigne.", "Je ne sais pas.", "J'expliquerai plus tard."],
        },
        Want {
            cues: &["s'il vous plaît", "s'il te plaît"],
            question: Some(false),
            replies: &["Bien sûr.", "Je m'en occupe.", "C'est fait !"],
        },
        Want {
            cues: &["prêt", "terminé", "fini", "envoyé"],
            question: Some(false),
            replies: &["Super, merci !", "Parfait !", "👍"],
        },
        Want {
            cues: &["est", "avez", "as", "ont", "y a", "d'accord"],
            question: Some(true),
            replies: &["Oui", "Non", "Je ne sais pas encore."],
        },
    ],
};
