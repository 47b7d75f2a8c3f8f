"""What the invented monitors write: running text in English and Khmer, without any name.

Slots: {pseudonym} of a victim, {count} of witnesses, {hours}, {weeks}.
"""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What a note is about."""

    HEARING = "hearing"
    ADJOURNED = "adjourned"
    VICTIM = "victim"
    SETTLEMENT = "settlement"
    ENDED = "ended"
    JUDGMENT = "judgment"
    FILE = "file"


NOTES: dict[tuple[Topic, str], tuple[str, ...]] = {
    (Topic.HEARING, "en"): (
        "The hearing lasted {hours} hours. The presiding judge explained the right to remain "
        "silent, but not the right to a lawyer.",
        "No notice of the hearing was posted outside the courtroom. {count} witnesses waited in "
        "the corridor and heard what was said inside.",
        "The interpreter came late; the charge was read twice so that the accused could follow.",
        "The accused wore a prison uniform. The lawyer had seen the file only this morning.",
        "The judge took a telephone call while a witness was speaking.",
        "The court allowed {pseudonym} to testify from behind a screen.",
    ),
    (Topic.HEARING, "km"): (
        "សវនាការមានរយៈពេល {hours} ម៉ោង។ ចៅក្រមជំនុំជម្រះបានពន្យល់អំពីសិទ្ធិនៅស្ងៀម "
        "ប៉ុន្តែមិនបានពន្យល់អំពីសិទ្ធិមានមេធាវីទេ។",
        "មិនមានការបិទសេចក្តីជូនដំណឹងអំពីសវនាការនៅខាងក្រៅបន្ទប់សវនាការទេ។ សាក្សី {count} នាក់"
        "បានរង់ចាំនៅតាមច្រករបៀង។",
        "អ្នកបកប្រែបានមកយឺត ដូច្នេះតុលាការបានអានបទចោទពីរដងដើម្បីឱ្យជនជាប់ចោទយល់។",
        "ជនជាប់ចោទស្លៀកពាក់ឯកសណ្ឋានពន្ធនាគារ។ មេធាវីទើបតែបានមើលសំណុំរឿងនៅព្រឹកនេះ។",
        "តុលាការបានអនុញ្ញាតឱ្យជនរងគ្រោះផ្តល់សក្ខីកម្មពីក្រោយរនាំង។",
    ),
    (Topic.ADJOURNED, "en"): (
        "The witness did not come and nobody could say whether the summons had been delivered.",
        "Adjourned for the third time. {pseudonym} had travelled for {hours} hours to be heard.",
        "The prosecutor was at a meeting; the panel put the hearing off by {weeks} weeks.",
        "The prison van did not arrive. The panel waited for an hour and then adjourned.",
        "The lawyer of the civil party asked for time to answer a new medical report.",
        "The room was locked; the clerk told us that the judge is on leave for {weeks} weeks.",
    ),
    (Topic.ADJOURNED, "km"): (
        "សាក្សីមិនបានមកបង្ហាញខ្លួន ហើយគ្មាននរណាដឹងថាដីកាកោះបានប្រគល់ឱ្យគាត់ឬនៅទេ។",
        "សវនាការត្រូវបានលើកពេលជាលើកទីបី។ ជនរងគ្រោះបានធ្វើដំណើរ {hours} ម៉ោងដើម្បីមកផ្តល់ចម្លើយ។",
        "ព្រះរាជអាជ្ញាជាប់ប្រជុំ ក្រុមប្រឹក្សាជំនុំជម្រះបានលើកសវនាការទៅ {weeks} សប្តាហ៍ទៀត។",
        "រថយន្តពន្ធនាគារមិនបានមកដល់ទេ។ តុលាការបានរង់ចាំមួយម៉ោង រួចបានលើកពេលសវនាការ។",
        "មេធាវីដើមបណ្តឹងរដ្ឋប្បវេណីបានស្នើសុំពេលដើម្បីឆ្លើយតបនឹងរបាយការណ៍វេជ្ជសាស្ត្រថ្មី។",
    ),
    (Topic.VICTIM, "en"): (
        "{pseudonym} stays at a shelter and is still willing to testify.",
        "{pseudonym} has gone home; the village chief promised to pass on the summons.",
        "{pseudonym} asks for compensation of lost wages. A social worker comes along to court.",
        "{pseudonym} sat two metres from the accused and did not dare to speak.",
    ),
    (Topic.VICTIM, "km"): (
        "ជនរងគ្រោះស្នាក់នៅមណ្ឌលជំនួយ ហើយនៅតែចង់ផ្តល់សក្ខីកម្ម។",
        "ជនរងគ្រោះបានត្រឡប់ទៅស្រុកកំណើតវិញ មេភូមិបានសន្យាថានឹងប្រគល់ដីកាកោះឱ្យ។",
        "ជនរងគ្រោះទាមទារសំណងប្រាក់ឈ្នួលដែលបានបាត់បង់។ បុគ្គលិកសង្គមបានអមដំណើរទៅតុលាការ។",
        "ជនរងគ្រោះអង្គុយឆ្ងាយពីជនជាប់ចោទតែពីរម៉ែត្រ ហើយមិនហ៊ាននិយាយ។",
    ),
    (Topic.SETTLEMENT, "en"): (
        "The family says that money was offered in the corridor before the hearing.",
        "A relative of the accused visited the family with an envelope. Two weeks later the "
        "complaint was withdrawn.",
        "The commune office wrote an agreement: the family receives compensation and will not "
        "come to court.",
        "The clerk advised the family to settle because the case would take years.",
    ),
    (Topic.SETTLEMENT, "km"): (
        "គ្រួសារបានប្រាប់ថាមានគេស្នើប្រាក់នៅច្រករបៀងមុនពេលសវនាការ។",
        "សាច់ញាតិរបស់ជនជាប់ចោទបានមកជួបគ្រួសារដោយមានស្រោមសំបុត្រ។ ពីរសប្តាហ៍ក្រោយមក "
        "ពាក្យបណ្តឹងត្រូវបានដក។",
        "សាលាឃុំបានធ្វើកិច្ចព្រមព្រៀង៖ គ្រួសារទទួលសំណង ហើយមិនមកតុលាការទៀតទេ។",
        "ក្រឡាបញ្ជីបានណែនាំគ្រួសារឱ្យសម្រុះសម្រួលព្រោះរឿងក្តីនឹងចំណាយពេលច្រើនឆ្នាំ។",
    ),
    (Topic.ENDED, "en"): (
        "The order is one page long and names no evidence. We asked for a copy of the file.",
        "Nobody told the civil party; we learned of the decision from the clerk.",
        "The order says that the evidence does not suffice. The medical report is not mentioned.",
        "The victim was not heard before the decision.",
    ),
    (Topic.ENDED, "km"): (
        "ដីកាមានតែមួយទំព័រ ហើយមិនបានលើកឡើងអំពីភស្តុតាងទេ។ យើងបានស្នើសុំច្បាប់ចម្លងសំណុំរឿង។",
        "គ្មាននរណាជូនដំណឹងដល់ដើមបណ្តឹងរដ្ឋប្បវេណីទេ យើងដឹងអំពីសេចក្តីសម្រេចតាមរយៈក្រឡាបញ្ជី។",
        "ដីកាចែងថាភស្តុតាងមិនគ្រប់គ្រាន់។ របាយការណ៍វេជ្ជសាស្ត្រមិនត្រូវបានលើកឡើងទេ។",
        "ជនរងគ្រោះមិនត្រូវបានស្តាប់មុនពេលចេញសេចក្តីសម្រេចទេ។",
    ),
    (Topic.JUDGMENT, "en"): (
        "The judgment was read in ten minutes and cites the articles, but not the evidence.",
        "Compensation was awarded; nobody could say how it will be collected.",
        "The accused was told of the right to appeal within one month.",
        "Verdict on the same day. The court found that the purpose of exploitation was shown.",
    ),
    (Topic.JUDGMENT, "km"): (
        "សាលក្រមត្រូវបានអានក្នុងរយៈពេលដប់នាទី ដោយលើកឡើងអំពីមាត្រា ប៉ុន្តែមិនបានលើកឡើងអំពីភស្តុតាងទេ។",
        "តុលាការបានសម្រេចឱ្យសំណង ប៉ុន្តែគ្មាននរណាដឹងថានឹងទារបានដោយរបៀបណា។",
        "ជនជាប់ចោទត្រូវបានប្រាប់អំពីសិទ្ធិប្តឹងឧទ្ធរណ៍ក្នុងរយៈពេលមួយខែ។",
        "សាលក្រមចេញនៅថ្ងៃតែមួយ។ តុលាការយល់ថាមានភស្តុតាងបញ្ជាក់អំពីគោលបំណងធ្វើអាជីវកម្ម។",
    ),
    (Topic.FILE, "en"): (
        "Telephone call with the lawyer: the file is still with the investigating judge.",
        "The recruiter promised work in a factory abroad; passports were taken at the border.",
        "Rescued from a karaoke bar together with {count} others.",
        "Workers on a fishing boat were not paid for {weeks} weeks and could not leave.",
        "The agency has no licence. {count} people paid the same fee.",
    ),
    (Topic.FILE, "km"): (
        "បានទូរស័ព្ទទៅមេធាវី៖ សំណុំរឿងនៅដដែលជាមួយចៅក្រមស៊ើបសួរ។",
        "អ្នកជ្រើសរើសបានសន្យាថាមានការងារនៅរោងចក្រក្រៅប្រទេស លិខិតឆ្លងដែនត្រូវបានដកហូតនៅព្រំដែន។",
        "ត្រូវបានជួយសង្គ្រោះពីហាងខារ៉ាអូខេ ជាមួយមនុស្ស {count} នាក់ផ្សេងទៀត។",
        "កម្មករលើទូកនេសាទមិនបានទទួលប្រាក់ឈ្នួល {weeks} សប្តាហ៍ ហើយមិនអាចចាកចេញបានទេ។",
        "ភ្នាក់ងារនេះគ្មានអាជ្ញាប័ណ្ណទេ។ មនុស្ស {count} នាក់បានបង់ថ្លៃសេវាដូចគ្នា។",
    ),
}
