"""German: its words and rules; verbs at the end, and their parts apart."""

GERMAN = r"""
BEFORE = (HELLO|CALLED_BOT)( (du|da|zusammen|ihr|CALLED_BOT|alle|mal))*[ ,.]+|(so|also|na|naja|ok|okay|oh|ach|äh|
  ähm|hm+|bitte|jetzt|und|dann|aber|übrigens|ups|hoppla|sorry|entschuldigung|entschuldige|sag mal|sag|hör mal|
  pass auf|ich glaube|ich denke|ich meine|vielleicht|weißt du|guck mal|schau mal|schau|guck|doch|haha|lol|tja|
  mensch|moment|achja|ach ja|ach so|ey|he|eigentlich|nun|gut|tut mir leid)[ ,.]+
CALLED_BOT = bot|rapport|roboter|kumpel|alter|freund|computer|assistent|mein freund
AFTER = [ ,.]+(bitte|danke|danke dir|vielen dank|dankeschön|ok|okay|ja|gell|ne|haha|hehe|lol|übrigens|CALLED_BOT|
  wenn du kannst|wenn möglich|wenns geht|für mich|sorry|eigentlich|glaube ich|glaub ich|denke ich|merci|
  bitte schön|bitteschön|bitte bitte|schon|gerne|mal)
WITHIN = \b(bitte|mal|doch|einfach|eben|halt|eigentlich|gerade|grad|schnell|kurz|vielleicht|echt|wirklich|jetzt mal|
  jetzt gleich|sofort|umgehend|auf der stelle|bitteschön|nochmal|noch mal|endlich|eh|ja auch|denn)\b
ASKING = (kannst|könntest|würdest|magst|willst|könnt|könntet|möchtest|darfst|sollst|solltest|musst|wirst)( du|
   ihr)?( (dir|mir|uns))? |(ich (möchte|will|hätte gern|hätte gerne|wünsche mir|wünsch mir|fände es gut|
  würde mich freuen)|es wäre (nett|gut|schön|toll|lieb)|wäre es möglich|kann es sein|sorge dafür|
  sorg dafür)[ ,](dass|wenn|das) du( (dir|mir|uns))? |(du|ihr) (kannst|könntest|sollst|solltest|musst|darfst|könnt|
  würdest)( (dir|mir|uns))? |(ich|wir) (möchte|möchten|will|wollen|würde|würden|muss|müssen|hätte gern)( (dir|mir|
  uns))? |(lass|lasst)( uns)? |sei so (nett|gut|lieb) und |wäre es möglich[ ,](dass du )?
TALKING = \b(soll|sollte|sollten|sollen|muss|darf) (ich|wir|man)\b|\bwie (kann|könnte|soll|muss|lösche|vergesse|
  geht|mache) (ich|man|wir)\b|\b(wenn|falls|bevor|weil|während|als ob|sobald)\b|\bwas (wäre|passiert|würde)\b|
  \b(sagte|sagt|sagen|sagst|meinte|meint|gesagt|gemeint|schrieb|schreibt|fragt|fragte|lied|film|buch|song|traum|
  geträumt|zitat|singt)\b|\b(weißt du noch|erinnerst du dich|weisst du noch)\b|\bwer (erinnert|vergisst|vergesse)\b
OF_NAME = ((weißt du|sag mir|verrat mir|erinnerst du dich) )?(wie|was|wann|warum|wieso|welche[rs]?|wo|woher|hat|ist|
  kann|mag|war|darf|wird|frisst) .*@.*
SHE = \b(sie|er|ihn|ihm|ihr)\b
HERS = \b(ihre?[srnm]?|seine?[srnm]?)\b(?= [a-z])

YEP = genau (der|die|das|sie|er)|genau de[rn]|eben (der|die)|j+a+|jap+|jep+|jup+|joa?|joo+|jawohl|klar|na klar|
  aber klar|genau|richtig|korrekt|stimmt|das stimmt|stimmt genau|exakt|sicher|ganz sicher|natürlich|logisch|logo|
  auf jeden fall|absolut|definitiv|bestimmt|eindeutig|yes|yep|ok|okay|gewiss|freilich|sowieso|passt|das passt|
  hundertprozentig|100 prozent|100|so ist es|so isses|aber sicher|(THAT) (is|ist|isses|sinds|sind)( SO)?( (er|sie|
  es|der|die|das|richtig|korrekt|sies|ers))?|(ist|is) (er|sie|es|das)( SO)?|ists|isses|isser|isse|
  du hast( ja)? recht|hast( du)? recht|gut erkannt|gut geraten|erkannt|voll|treffer|bingo|mhm+|ich (glaube|
  denke)( schon)?|glaub schon|das will ich meinen|das ist (sie|er)|jou|jawoll|allerdings|in der tat|doch|ebenso|
  jaja|ja doch|genauso ist es
SO = wirklich|echt|auch|ganz sicher|definitiv|tatsächlich|natürlich|sicher|eindeutig|genau|schon|bestimmt|
  auf jeden fall|ganz|klar|ja|absolut|doch|sehr|leider
STRONGLY = gar|überhaupt|garantiert|hundertprozentig|hundert ?pro|100 prozent|absolut|ganz und gar|offensichtlich|
  offenkundig|offenbar|eindeutig|mit sicherheit|mit garantie|beim besten willen|ganz (sicher|bestimmt|klar|
  offensichtlich|eindeutig)|sicherlich|zweifellos|ohne zweifel|doch|aber|auch|ja|halt|eben|wirklich|definitiv|leider|
  klar|nun mal|nunmal|wohl|eher|bestimmt|sicher|tatsächlich|natürlich|echt|schon|selbstverständlich|logischerweise|
  im ernst|so|so was von|sowas von
NOT = nicht|nie|niemals|nie im leben|im leben nicht|nie und nimmer|keinesfalls|keineswegs|mitnichten|
  auf( gar)? keinen fall|unter keinen umständen|alles andere als|alles[ ,]+(nur |aber )?nicht|kein|keine|keiner|
  nicht im (entferntesten|mindesten|geringsten)|nicht mal (ansatzweise|annähernd)|nicht ansatzweise
ELSE = (irgend)?(jemand|wer)( (ganz|völlig|komplett|total))? (ander(e[rsnm]?|s)|fremde[rsn]?)|
  eine( ganz)? andere person
OTHER_ONE = ELSE|(ein|eine|einen|einer|eines)( (ganz|völlig|komplett|total))? (ander(e[rsnm]?|s)|
  fremde[rsn]?)( (SOMEBODY))?
NOBODY = OTHER_ONE|(so )?wie .*|(sonst |gar )?(niemand|keine?[rns]?|jemand|irgend(jemand|wer|einer?|was)|wer|
  jede[rsn]?)( .*)?|fremde[rsn]?|(ein|der|die) unbekannte[rsn]?
DENIES = \b(nicht|nie|niemals|kein[ersnm]*|keinesfalls|keineswegs|mitnichten|niemand|wie|warum|wieso|unmöglich)\b
NOPE = ELSE|(THATS)( (SO|STRONGLY))? (OTHER_ONE)|(ganz|völlig|total|komplett|absolut|vollkommen) (falsch|verkehrt|
  daneben)|das bin ich( (STRONGLY))? nicht|(das|dies|der|die) (ist|war) (er|sie|es|der|die|das) (leider|wirklich|
  sicher|bestimmt|definitiv|garantiert|eher|aber|doch) nicht|leider (falsch|nicht|nein)|sieht (ihm|
  ihr) nicht (mal )?ähnlich|das (ist|war) nicht mein (hund|kater|tier)|das ist nicht meine (katze|hündin)|(das|die|
  der) nicht|(das|dies|der|die) (ist|is|sind|war) (er|sie|es|der|die|das)( (wirklich|definitiv|sicher|
  ganz sicher))? nicht|nein+|ne+|nee+|nö+|nop+e|no|nicht|nicht ganz|nicht wirklich|leider nicht|leider nein|falsch|
  das ist falsch|stimmt nicht|das stimmt( so)? nicht|auf keinen fall|keinesfalls|überhaupt nicht|gar nicht|quatsch|
  blödsinn|unsinn|niemals|nie|nie im leben|negativ|eher nicht|sicher nicht|bestimmt nicht|natürlich nicht|
  definitiv nicht|(THATS)( SO)? (nicht|falsch|verkehrt|jemand anders|jemand anderes|wer anders|ein anderer( hund)?|
  eine andere( katze)?|der falsche|die falsche|ein fehler)( (er|sie|der|die|das|richtig|so|mein hund|meine katze))?|
  (ist|is) (er|sie|es|das)( SO)? nicht|ists nicht|isses nicht|du (liegst|irrst)( dich)?( falsch| daneben)?|da (liegst|
  irrst) du( dich)?( falsch)?|du hast( dich)?( geirrt| unrecht)|falsche[rs]?( (hund|katze|person|name|tier|kerl))?|
  verkehrt|daneben|knapp daneben|fast|denkste|nix da|n|sorry|tut mir leid|mitnichten|das wars nicht|nicht (er|sie|der|
  die|das)|nicht mein hund|wohl kaum|unmöglich|kann nicht sein|das kann nicht sein|jemand anders|ich glaube nicht|
  glaub nicht|glaube ich nicht|glaub ich nicht|weit gefehlt|das ist wer anders
THAT = das|dies|dieser|diese|dieses|der|die|er|sie|es|das hier|der hier|die hier|das da|der da|die da|dat|dit|
  hier|da
THATS = (THAT)( hier| da)? (ist|is|war|sind|müsste|wäre|muss|dürfte)|das wird|dass ist|das ists|dasist|
  hier seht ihr|hier siehst du|hier haben wir|das heißt
IS_NOT = (THATS)( SO)? (nicht|nie|niemals|keinesfalls|auf keinen fall)|(nicht|nie|niemals|sicher nicht|
  bestimmt nicht)|(THAT) sieht nicht aus wie|ich glaube nicht[ ,](dass )?das( ist)?|das kann nicht
HIM = ihn|sie|es|das|den|die|diesen|diese|dieses|den hier|die hier|das hier|dies|ihm|den da|die da|das da|((den|
  die|das|diesen|diese|dieses|mein|meinen|meine|unseren|unsere) )(SOMEBODY)
HIS = sein|ihr|der|dessen|deren|ihre|seine|mein|unser|ihrer
SOMEBODY = (REMARKABLE )*(hund|hündin|hundi|welpe|köter|wauwau|katze|kater|kätzchen|mieze|miezekatze|haustier|
  tier|vogel|papagei|wellensittich|pferd|pony|stute|hase|häschen|kaninchen|hamster|meerschweinchen|meerschwein|kuh|
  schaf|ziege|schildkröte|fisch|person|mensch|leute|mann|frau|dame|herr|typ|kerl|mädchen|junge|bub|kind|baby|
  freund|freundin|kumpel|kollege|kollegin|chef|chefin|nachbar|nachbarin|lehrer|lehrerin|mitbewohner|mitbewohnerin|
  ehemann|ehefrau|partner|partnerin|bruder|schwester|sohn|tochter|mutter|mama|mami|vater|papa|papi|oma|opa|
  großmutter|großvater|tante|onkel|cousin|cousine|neffe|nichte|enkel|enkelin|schwager|schwägerin|tasse|becher|
  kessel|wasserkocher|fahrrad|rad|auto|wagen|motorrad|gitarre|pflanze|kaktus|spielzeug|puppe|teddy|teddybär|bär|
  gesicht|foto|bild|ding|gegenstand|roboter|staubsauger|boot|roller|lampe|stuhl|wesen|bester freund|beste freundin|
  baum|name|hundchen|dackel|pudel|labrador|schäferhund|mops|kleine|kleiner|kleines|große|großer|großes|kurze|süße|
  süßer|dicke|dicker|alte|alter|beste|bester|rechte|linke|andere|anderer|zweite|zweiter|eine|einer|neue|neuer)
REMARKABLE = mein|meine|meinen|meinem|meiner|unser|unsere|unseren|unserem|unserer|sein|seine|seinen|seinem|ihr|
  ihre|ihren|ihrem|ihrer|seiner|dein|deine|euer|eure|der|die|das|den|dem|des|ein|eine|einen|einem|dieser|diese|
  dieses|diesen|jener|jene|klein|kleine|kleiner|kleines|kleinen|groß|große|großer|großes|großen|alte|alter|altes|
  alten|neue|neuer|neues|neuen|andere|anderer|anderes|anderen|zweite|zweiter|zweites|erste|erster|süße|süßer|süßes|
  liebe|lieber|liebes|liebste|liebster|ältere|älterer|jüngere|jüngerer|jüngste|beste|bester|besten|schwarze|
  schwarzer|weiße|weißer|braune|brauner|graue|grauer|rote|roter|blaue|blauer|grüne|gelbe|dicke|dicker|schöne|
  schöner|gute|guter|gutes|junge|junger|geliebte|linke|rechte|mittlere|hübsche|hübscher|da|zwei|nachbars|omas|opas|
  mamas|papas
LEAD = (REMARKABLE|SOMEBODY|auch|noch|nämlich|wohl|vermutlich|wahrscheinlich|namens|also|doch|ja|nur|eben|halt|
  natürlich|übrigens|bestimmt|sicher|eindeutig|unser aller|hier|da|jetzt|mal) +
INTRODUCES = SOMEBODY|mein|meine|unser|unsere|sein|seine|ihr|ihre|namens|der|die|den|meinen|unseren
INDEFINITE = ein|eine|einen|einem|einer|eines
NAMED = namens
ENDINGS = .*(ung|heit|keit|lich|isch|ig|end|schaft|ismus|tion|los|voll|bar|sam|ter|tes|iert)
NOUNS_ARE_LARGE = yes
TRAIL = ( (hier|da|dort|übrigens|auch|dann|jetzt|eigentlich|wieder|bitte|ebenfalls|doch|ab jetzt|ab sofort|
  stattdessen|haha|lol|glaube ich|glaub ich|denke ich|wirklich|ja|noch|wohl|nämlich|von .*|aus .*|mit .*|auf .*|
  in .*|im (?!winter|sommer|herbst|frühling|nebel|jahr|januar|februar|märz|april|mai|juni|juli|august).*|am .*|
  beim .*|bei .*|vom .*|der .*|die .*|das .*|mein .*|meine .*|unser .*|unsere .*|und .*|aber .*|
  weil .*|neben .*|vor .*|hinter .*|unter .*|als .*|wenn .*|merk .*|nicht wahr|oder|okay|ok|alle|gell|ne|
  und nicht .*|links|rechts|drauf|dabei|genannt|merken|heißen|nennen|speichern|sein))+
TRAIL_END = (TRAIL)$
AFTER_END = (AFTER)$
PASSING = ^(?!@ (wohnt|lebt|arbeitet|wiegt|studiert|besitzt|liebt|mag|hasst|fürchtet|trägt|braucht|nimmt)\b).*\bjetzt\b|
  \b(gerade|grad|heute|morgen|gestern|momentan|im moment|gleich|bald|später|eben|schon wieder|heut|
  übermorgen|vorgestern|nächste woche|am wochenende|diese woche|kommt (auch|mit|zu|nach|um|vorbei|bald|später))\b|
  \b(hat|hatte) (keine?n? )?(hunger|durst|lust|zeit|pause|fieber|bauchweh|angst bekommen|besuch|dienst|frei|urlaub|
  geburtstag)$
TITLES = herr|herrn|frau|fräulein|dr|doktor|professor|prof|oma|opa|tante|onkel|sir|lady|graf|gräfin|könig|
  königin|prinz|prinzessin|kapitän|meister|omi|opi|uroma|uropa|mister|miss|mama|papa|baron|don|sankt|bruder|
  schwester|pfarrer|general|major|kaiser|fürst|cousin|kater|käpten|käptn
COMMON = prag|zürich|lissabon|amsterdam|venedig|mailand|griechenland|portugal|japan|doch|wohl|eher|nämlich|eben|bloß|
  der|die|das|den|dem|des|ein|eine|einen|einem|einer|eines|er|sie|es|wir|ihr|
  ich|du|mich|dich|mir|dir|uns|
  euch|mein|meine|dein|deine|sein|seine|unser|unsere|so|sehr|zu|zum|zur|ganz|ziemlich|echt|wirklich|nicht|nein|ja|
  nur|auch|noch|schon|wieder|immer|nie|oft|jetzt|dann|hier|da|dort|heute|morgen|gestern|später|bald|alles|nichts|
  etwas|was|wer|wen|wem|wo|wann|warum|wie|wenn|weil|und|oder|aber|von|in|im|auf|an|am|aus|für|mit|ohne|bei|über|
  unter|vor|nach|neben|ist|bin|bist|sind|war|waren|sein|hat|habe|haben|hatte|kann|könnte|will|würde|soll|sollte|
  muss|darf|mag|gut|toll|super|klasse|prima|schön|nett|cool|geil|krass|schlecht|schlimm|furchtbar|süß|niedlich|
  goldig|lustig|witzig|komisch|seltsam|verrückt|traurig|glücklich|fröhlich|müde|hungrig|krank|spät|früh|neu|alt|
  jung|groß|klein|lang|kurz|heiß|kalt|warm|nass|trocken|dunkel|hell|laut|leise|schnell|langsam|leicht|schwer|
  schwierig|einfach|möglich|unmöglich|wahr|falsch|richtig|sicher|klar|logisch|okay|ok|perfekt|fantastisch|
  unglaublich|hübsch|hässlich|eklig|lächerlich|interessant|langweilig|spannend|peinlich|wichtig|ernst|gefährlich|
  frei|fertig|vorbei|aus|voll|leer|genug|spaß|liebe|leben|zeit|tag|nacht|abend|montag|dienstag|mittwoch|donnerstag|
  freitag|samstag|sonntag|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|
  weihnachten|ostern|sommer|winter|frühling|herbst|arbeit|hause|schule|essen|kaffee|tee|wasser|musik|kunst|magie|
  himmel|gott|mist|scheiße|quatsch|unsinn|blödsinn|wahnsinn|schwachsinn|käse|kacke|hallo|tschüss|danke|bitte|sorry|
  halt|stop|stopp|hilfe|vielleicht|egal|haha|wow|oh|ach|na|naja|hm|eins|zwei|drei|ding|dinge|sache|sachen|idee|
  frage|antwort|problem|fehler|witz|schande|überraschung|geheimnis|geschichte|lüge|tatsache|wahrheit|punkt|fall|
  gleich|anders|andere|erste|letzte|nächste|beste|besser|schlimmer|schade|zufall|absicht|schicksal|pech|glück|
  schuld|ernst|moment|sekunde|minute|foto|bild|kamera|handy|wetter|regen|schnee|sonne|hund|katze|hunde|katzen|mann|
  frau|mensch|freund|freundin|kind|junge|mädchen|baby|blöd|doof|dumm|genial|herrlich|wunderbar|wunderschön|
  traumhaft|zauberhaft|hammer|irre|mega|nice|übel|fies|gemein|fair|unfair|normal|typisch|privat|unklar|unbekannt|
  scharf|unscharf|deins|meins|seins|ihres|unseres|alle|viele|wenig|mehr|weniger|viel|kompliziert|spinne|wurscht|
  wurst|absurd|klasse|sahne|zucker|urlaub|italien|spanien|deutschland|frankreich|england|berlin|hamburg|münchen|
  wien|paris|london|zuhause|draußen|drinnen|oben|unten|links|rechts|vorne|hinten|garten|park|strand|wald|see|meer|
  berg|schatz|liebling|lieblingsfoto|lieblingsbild|stark|lieb|brav|weg|los|dran|dabei|drauf|her|hin|ruhe|
  feierabend|wochenende|zeug|nacht|morgen|geburtstag|party|jahr|stunde|woche|monat|leute|eltern|familie|ehrlich|
  offensichtlich|möglicherweise|keine|kein|jemand|niemand|man|einer|tier|tiere|name|hundchen|weiß|sagt|denke|
  glaube|hab|moment|gleich|warte|augenblick|keks|genau|ehrlich|nachbar|weiss|warum|wieso|später|warte|wart|sekunde|
  augenblick|momentchen|klaro|jein|hä|puh|uff|ups|oops|egal|lieber|erst|nochmal|überlege|überlegen|mal|
  entschuldigung|verzeihung|abbrechen|stimmt|quark|humbug|ironie|sarkasmus|zirkus|chaos|drama|kino|theater|
  spielplatz|garten|küche|wohnzimmer|sofa|auto|straße|stadt|büro|feier|hochzeit|ostsee|nordsee|italien|bayern|köln|
  routine|alltag|tradition|gewohnheit|standard|realität|legende|absicht|notfall|zwischenfall|unfall|rekord|test|
  versuch|beispiel|ziel|plan|traum|albtraum|nerv|pflicht|ehrensache|geschmackssache|privatsache|ansichtssache|
  kinderkram|kindergarten|neuland|zeitverschwendung|geldverschwendung|super|spitze|mist|müll|schrott|kitsch|luxus|
  geschenk|überraschung|rate|rat|raten|plan|garten|hof|balkon|zoo|kindergeburtstag|damals|früher|neulich|letztes|
  letzte|vorletztes|schwierig|schwer|frag|nix|irgendein|irgendeine|irgendwas|streuner|straßenhund|nachbarn|
  nachbars|nachbarhund|name|keinen|schau|sehen|wars|vom|guck|flohmarkt|eiffelturm|turm|kirche|dom|schloss|brücke|
  museum|bahnhof|flughafen|supermarkt|hunger|durst|fußball|winterurlaub|sommerurlaub|schauen|gucken|überlegen|
  nachdenken
NEVER = ich|was|wer|wo|wie|ja|nein|nicht|danke|hallo|moment|warte|hilfe|super|toll|klasse|gut|schön|das|die|der|
  ein|eine|es|er|sie|wir|du|ihr|mein|meine|so|egal|ok|okay|gott|wow|keine|kein|lass|vergiss|lösch|zeig|such|mal|
  instagram|facebook|hm|ach|oh|na|stimmt|genau|keine|niemand|jemand|nachbar|weiß|warum|später|genau|stimmt|
  abbrechen|nö|jo|ja|nee|irgendwer|irgendein|irgendeine|schau|mal|guck|sehen
LOOKS = \b(zeig|zeige|zeigen|sehen|sieht|aussieht|PHOTO)\b
PETS = schnee|regen|sonne|mond|stern|wolke|nebel|sturm|keks|kaffee|tee|milch|musik|magie|sommer|winter|frühling|
  herbst|januar|februar|april|mai|juni|juli|august|montag|freitag|weihnachten|ostern|glück|hase|maus|bär|schatz|
  liebling|zucker|zimt|honig|käse|wurst|spinne|himmel|liebe|traum|chaos|kleine|kleiner|dicke|dicker|baby|drama|
  legende|pünktchen|luxus|abend|nacht|schicksal|krümel|party|wald|see|meer|berg|leben|mops|strolch|wunder|kino|
  fröhlich|flecki|sahne|zeit
EVERYDAY = keks|plätzchen|kuchen|torte|brot|butter|käse|honig|zucker|salz|pfeffer|ingwer|zimt|vanille|
  schokolade|bonbon|karamell|pudding|nudel|nudeln|reis|bohne|bohnen|erdnuss|walnuss|haselnuss|kokosnuss|kürbis|
  kartoffel|tomate|kirsche|pfirsich|pflaume|beere|erdbeere|olive|gurke|speck|wurst|schinken|ei|eier|suppe|bier|
  wein|schneeball|schneeflocke|flocke|sturm|donner|blitz|feuer|asche|rauch|stein|fels|sand|muschel|perle|
  diamant|rubin|stern|mond|wolke|blatt|rose|lilie|klee|efeu|moos|fuchs|wolf|tiger|löwe|panda|affe|maus|ratte|
  ente|gans|schwan|eule|adler|frosch|biene|schatten|knopf|schleife|socke|socken|stiefel|schuh|schuhe|handschuh|
  decke|kissen|kiste|tasche|schlüssel|geld|termin|termine|passwort|hausaufgaben|rechnung|miete|fenster|tür|wand|
  boden|tisch|uhr|stift|papier|brief|karte|stock|knochen|rakete|zug|bus|schiff|anker|pirat|kapitän|prinz|
  prinzessin|königin|könig|engel|geist|zauberer|fee|drache|monster|held|krümel|strolch
LEFT = links?|linke[rsnm]?
RIGHT = rechts?|rechte[rsnm]?
MIDDLE = mitte|mittlere[rsnm]?
TOP = oben|obere[rsnm]?
BOTTOM = unten|untere[rsnm]?
OTHER = andere[rsnm]?|zweite[rsnm]?
NUMBERED = (nummer|nr) ([0-9])\b
KINDS = leute person|menschen person|mensch person|männer person|mann person|frau person|frauen person|
  dame person|kinder person|kind person|mädchen person|junge person|jungs person|welpe dog|welpen dog|hündin dog|
  kätzchen cat|kater cat|rad bicycle|räder bicycle|becher cup|tassen cup|tasse cup|handy cell phone|
  handys cell phone|sofa couch|fernseher TV|personen person|typ person|kerl person|gesichter person|hundchen dog|
  teddy teddy bear|vögel bird|kühe cow

SPELLED = kannste kannst du|haste hast du|kennste kennst du|weißte weißt du|willste willst du|siehste siehst du|
  biste bist du|machste machst du|nich nicht|net nicht|nit nicht|is ist|isn ist ein|nen einen|ner einer|hab habe|
  haett haett|loesch lösch|loesche lösche|loeschen löschen|ueber über|fuer für|koennte könnte|koenntest könntest|
  moechte möchte|wuerde würde|gehoert gehört|aendere ändere|zurueck zurück|rueckgaengig rückgängig|hoer hör|
  vergis vergiss|vergiß vergiss|vergess vergiss|lösh lösch|ne nein|aufm auf dem|aufs auf das|ausm aus dem
CLOSING = ( (ab jetzt|jetzt|bitte|ab sofort|von nun an|künftig|stattdessen|danke|ok|okay|nun|in zukunft|ab heute|
  um|oder so|heißen|nennen|genannt|lieber))+$
HELLO = hallo+|hi+|hey+|hei|moin( moin)?|servus|grüß (gott|dich|euch)|grüezi|guten (morgen|tag|abend)|
  gute morgen|hallöchen|hallihallo|huhu|tach|tag|mahlzeit|morgen|salut|na du|na|schönen (tag|abend|guten tag|
  morgen)|einen schönen .*|hello|he|ahoi|willkommen zurück|n abend|nabend|gude|jo
FORGET = vergiss|vergesse|vergessen|vergisst|lösch|lösche|löschen|löscht|loesch|loesche|loeschen|entferne|
  entfern|entfernen|entfernst|löschst|tilge|tilgen|streich|streiche|streichen|streichst|eliminiere|wirf|schmeiß|
  schmeiss|radier|radiere|verwirf|beseitige|beseitigen|radieren|weg mit|raus mit|werfen
ABOUT = (alles|was|über|von|zu|die|den|das|alle|daten|fotos|bilder|sachen|infos|informationen|erinnerungen|
  erinnerung|an|den eintrag|eintrag|du|weißt|wer|dass|es|gibt|gespeicherte|komplett|ganz|vollständig|meine|meinen|
  unsere|unseren|meiner|meinem|namen|jetzt|wieder|sofort|auch|dein wissen|bitte|gespräch|was du|endgültig|für immer)
OWN = (?>(?>SOMEBODY|(?!das )REMARKABLE) )+(?=@)
OFF = (komplett|ganz|vollständig|für immer|wieder|endgültig|aus|(aus|von) (deinem|dem|der|deiner|diesem|unserer|
  meiner) (gedächtnis|speicher|liste|datenbank|chat|kopf|album|system|erinnerung|hirn)|daraus|raus|weg|jetzt|sofort|
  ist|dauerhaft|auch|und zwar jetzt|heraus|hinaus|einfach|fotos|bilder|daten|bitte|schnellstmöglich|umgehend|
  aus allem|alles|und alles .*)
PHOTO = fotos?|bild|bilder|bildern|aufnahmen?|schnappschuss|schnappschüsse|pics?|album|portraits?|selfies?
A_PHOTO = ((die|das|ein|eine|ein paar|alle|deine|meine|unsere|einige|noch|mehr|noch mehr|paar|gespeicherten|
  gespeicherte|letzten|letzte|irgendwelche|welche|den|der) )*(PHOTO)
SHOW = (zeig|zeige|zeigt|schick|schicke|gib|sende|send|hol|öffne|bring|lass)( (mir|uns|mich|her))*( sehen)?|
  (kann|könnte|darf|dürfte) ich|(ich )?(möchte|will|würde|hätte)( gern| gerne)?|(hast|habt) du|hast( du)?( da)?|
  gibt es|gibts|lass mich|ich (will|möchte|würde gern)
EVERYONE = alle|alles|jeden|alle (namen|leute|personen|tiere|haustiere|menschen|freunde|bekannten|gesichter|
  sachen|dinge)|(die|deine)( ganzen| gespeicherten)? (namen|leute|personen|tiere|liste|namensliste)|
  jeden den du kennst|alle die du kennst|wen du kennst|deine bekannten|sämtliche namen
PICTURE = (dem|diesem|meinem|das|diesen|einem|deinem|den) (foto|bild|schnappschuss|aufnahme|fotos|bildern)|
  der aufnahme
HERE = (auch |irgendwo |beide |alle |mit |überhaupt |etwa |noch |vielleicht )*(hier|da|dort|dabei|drauf|darauf|
  mit drauf|mit dabei|zu sehen|sichtbar|drin|darin|(auf|in|im) (PICTURE|bild|foto|dem|der aufnahme)|abgebildet|
  irgendwo|im (hintergrund|vordergrund|bild)|(links|rechts|oben|unten|hinten|vorne)|auch|mit|neben .*|oder nicht|
  oder|anwesend|in der (mitte|ecke)|auf der (linken|rechten) seite)
SAME = (sind|ist|=)( (doch|beide|ja|eigentlich|in wirklichkeit|tatsächlich|ein und))* (der|die|das|
  den)?( ?(selbe|selben|gleiche|gleichen|dieselbe|derselbe|dasselbe|dieselben|ein und dieselbe|ein und derselbe|
  ein und dasselbe|identisch|eins|gleich|selber)r?s?)( (SOMEBODY|hund|wesen|tier))?
MERGE = (verein|vereine|vereinige|vereinigen|vereinen|verbinde|verbinden|verschmelz|verschmelze|verschmelzen|
  kombiniere|kombinier|kombinieren|fusioniere|verknüpfe|leg|lege|führ|führe|fass|fasse|tu|pack|packe|mach|mache|
  füg|füge|werf|wirf|merge)
DURABLE = (liebt|mag|hasst|frisst|isst|trinkt|wiegt|hat|besitzt|bellt|beißt|lebt|wohnt|arbeitet|fürchtet|
  verträgt|bekommt|braucht|schläft|kennt|spricht|versteht|gehört|kommt aus|stammt|kann|darf|muss|war|wurde|
  ist geboren|ist ANY (geboren|gestorben|adoptiert)|feiert|sammelt|jagt|trägt|leidet|reagiert|hört|haart|schwimmt|
  singt|klaut|bevorzugt|verabscheut|genießt|spielt|schnarcht|knurrt|humpelt|hatte|kam|wird|nimmt|steht auf|
  fährt auf|liebte|mochte|vermisst ihren|heult|miaut|schnurrt|studiert|ging|starb|hört auf|kriegt|macht gern|
  geht gern|geht gerne|macht am liebsten|schnappt|zieht|verliert|mäkelt|kuschelt|versteckt|schmust|badet)
LASTING = (jetzt |schon |fast |etwa |auch |sehr |eher |total |ein bisschen |ein wenig |meistens |immer |
  ziemlich |so |ursprünglich |nur |noch |halb |stark |extrem |leider |seit .* |im .* |am .* |nicht |völlig |
  auf einem ohr |auf einem auge |erst |gegen [a-z]+ )*(allergisch|ängstlich|taub|blind|männlich|weiblich|aus|
  [0-9]+|ein|eine|einen|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|geboren|verheiratet|vegan|
  vegetarisch|veganer|vegetarier|vegetarierin|diabetiker|scheu|schüchtern|verrückt nach|süchtig|beste freunde|
  freunde|verwandt|kastriert|sterilisiert|schwanger|trächtig|älter|jünger|größer|kleiner|linkshänder|verliebt|
  auf diät|adoptiert|gechipt|geimpft|der|die|das|mein|meine|unser|unsere|sein|seine|ihr|ihre|benannt|nach|
  stubenrein|nervös|aggressiv|freundlich|empfindlich|eifersüchtig|jahre|monate|laktoseintolerant|intolerant|
  glutenunverträglich|stur|faul|verfressen|verschmust|wasserscheu|verspielt|lieb zu|gut mit|letztes jahr|von|
  gestorben|umgezogen|[a-z]*jährig|anhänglich|menschenscheu|kinderlieb|verfroren|zickig|wählerisch)
HELD = (geburtstag|lieblings[a-z]+|namenstag|besitzer|besitzerin|herrchen|frauchen|schwester|bruder|geschwister|
  mama|papa|mutter|vater|voller name|rasse|tierarzt|zweitname|nachname|allergien?|hobby|hobbys|beruf|job|
  telefonnummer|nummer|adresse|alter|gewicht|futter|mann|frau|partner|partnerin|farbe|fell|augen|augenfarbe|auge|
  chipnummer|ohren|ohr|schwanz|medizin|medikament|medikamente|tabletten|bett|leine|halsband|beste freundin|
  bester freund|freund|freundin|sohn|tochter|kinder|größe|spielzeug|heimat|diät|leckerlis?|napf|decke|pfote|bein|
  zahn|zähne|nummer|schlafplatz|spitzname|henkel|deckel)
NOTED = (merk|merke|notier|notiere|schreib|schreibe|behalte|behalt|speicher|speichere|denk|denke|wisse|beachte|
  beacht|vermerke|vermerk|halt|halte|bedenke|bedenk|erinnere|merken|notieren|speichern|aufschreiben|behalten|
  wissen)( (dir|dich|mal|auf|dran|daran|im kopf|bitte|fest|für später|zu ONE|über ONE|bei ONE|von mir|gut|auch|
  nicht vergessen))*([ ,](dass|das))?|(nur )?(zur|zu deiner|fürs) (info|information|kenntnis|protokoll)|fyi|
  übrigens|wusstest du( schon)?([ ,]dass)?|du (solltest|musst|sollst) wissen( dass|,dass)?|nur (dass|
  damit) dus? (es )?weißt|damit dus? (es )?weißt|info|wichtig|ich wollte (dir )?(noch )?sagen( dass|,dass)?|
  ich sag dir was|für (dich|die akten)|notiz|vergiss nicht[ ,]dass|(ich )?will dass du weißt,?( dass)?|kleine info|
  wissenswert
PRAISE = süß|suess|goldig|niedlich|schön|hübsch|toll|lustig|witzig|lieb|knuffig|herzig|nett|cool|krass|blöd|doof|
  schade|komisch|seltsam|traurig|schlimm|verrückt|peinlich|langweilig|interessant|aufregend|wunderschön|wunderbar|
  herrlich|drollig|klasse|super|geil|genial|schrecklich|furchtbar|zuckersüß|putzig|flauschig|entzückend|bezaubernd|
  stark|praktisch

chat: (doch|dann doch|lieber|besser|ach|nee|nein)[ ,.](doch |lieber |besser )?(nicht|lieber nicht|nicht doch)
opt_out: (bitte )?(erkenne?|erkennt|identifiziere?) (mich|mein gesicht)( (bitte|hier))*( nicht| nie)( (mehr|wieder))?(
   (bitte|hier))*
opt_out: ich (will|möchte|mag)( (hier|bitte|von dir))* (nicht|nicht mehr|nie mehr)( (hier|von dir))* erkannt werden|
  du sollst mich( hier)? (nicht|nicht mehr) erkennen
opt_in: du darfst (mich|mein gesicht)( (hier|jetzt))* wieder erkennen|du darfst mich( hier)? wiedererkennen
talk: (vergiss|vergesst|vergessen|lösch|lösche|entferne)( (bitte|bloß|ja|mir|auch|ihn|sie|mal|aber))* (nicht|nie|
  niemals)( ANY)?
talk: (ANY )?@s? (nicht|nie|niemals) (vergessen|löschen|entfernen|umbenennen)
chat: (FORGET) (es|das|das alles|alles|mich|uns|dich|was ich .*|den rest|das ganze|ihn nicht|sie nicht)( [^@]*)?
chat: (man|ich|wir|niemand|keiner) (?!.*\bdu\b)(?!(möchte|will|würde) @ )(ANY)?(vergess|vergiss|lösch|erinner)(ANY)?
chat: (wie|ist|sind|so|was für eine?n?|och|ach|sooo*|mega|total|voll|sehr|zu|echt|die ist|der ist|er ist|sie ist|
  das ist|es ist|sieht|schaut|guck)( (der|die|das|sie|er|es|so|ja|aber|ist|sind|voll|total|zu|echt|nicht|mega|ein|
  eine|doch|sehr|du|aus|eine?n?|hund|katze|zwei))* (PRAISE)(er|e|es|en)?( ANY)?
talk: (vergiss|vergesse) (nicht|nie|niemals)( ANY)?

forget: ONE,(vergiss|vergessen|lösch|lösche|löschen|entferne|entfernen|streichen)
untell: (FORGET)[ ,]+(dass|das) (told=ONEs? REST)
forget: (FORGET)([ ,](ABOUT|OFF|beide))* ONE((,| und | sowie )TWO)*([ ,](OFF|weißt|gespeichert hast|weisst|hast|
  kennst))*
forget: ~ ((ABOUT|alles|OFF) )*ONE( und TWO)?( (OFF))* (FORGET)( (OFF))*
forget: ONE (kannst|darfst|sollst|solltest|musst|könntest) du( (OFF))* (FORGET)( (OFF))*|ONE (soll|sollte|muss|
  kann|darf|möchte|bitte|gehört)( (OFF))*( (gelöscht|vergessen|entfernt|gestrichen|raus|weg))( werden)?
forget: ((ABOUT) )*ONE( und TWO)?( (OFF))* (vergessen|löschen|entfernen|streichen)
forget: (~ )?ONE( (OFF))+ (nehmen|werfen|schmeißen|streichen|löschen|entfernen|holen|nimmst|wirfst)|ONE (kann|
  darf|soll|muss) (weg|raus)
forget: (nimm|hol|wirf|schmeiß|streich|tu|schaff) ONE( und TWO)? (OFF)( (OFF))*
forget: ((ich )?(will|möchte) nicht( mehr| länger)?,? ?(dass|das) du )(dich |dir )?(an )?ONE (noch )?(erinnerst|
  merkst|kennst|erkennst|gespeichert hast)|~ ((dich|dir|nicht mehr|nicht länger) )+(an )?ONE (erinnern|merken|
  erinnerst|merkst|kennen)|ONE (brauchst|musst) du( (dir|dich))? (nicht mehr|nicht länger)( (zu merken|merken|
  kennen|zu kennen|zu speichern|speichern))?
forget: (hör auf|höre auf)[ ,](dir |dich |an )*ONE (zu )?(merken|erinnern|erkennen|zu kennen|kennen|zu merken)|
  (du brauchst|du musst)( (dir|dich|an|nicht mehr|mehr|nicht))* ONE( (nicht mehr|nicht länger))? (zu )?(merken|
  erinnern|kennen|erkennen)|(merk|erinnere)( (dir|dich|an))* ONE (nicht mehr|nicht länger)|
  erinnere dich nicht mehr an ONE
forget: ~ ((dir|dich|an) )*ONE (nicht mehr|nicht länger) (merken|erinnern|merkst|erinnerst)
rename: ONE ?→ ?INTO
rename: (nenn|nenne|ruf|rufe) ONE( (bitte|jetzt|nun|ab jetzt|ab heute|ab sofort|künftig|von nun an|in zukunft|mal|
  einfach|nur noch))+ INTO
rename: (wir|ich|man) (haben|hat|habe) ONE( (jetzt|nun|inzwischen))* (in|zu|auf) INTO (umbenannt|umgetauft|geändert)|
  ONE (wurde|ist|
  wird)( (jetzt|nun|inzwischen))* (in|zu|auf) INTO (umbenannt|umgetauft|geändert)
rename: (benenne?|nenne?|tauf|taufe|bennene|benenn) ONE( um| ab jetzt| jetzt| künftig| in zukunft| von nun an|
   ab sofort| von jetzt an| ab heute)*( in| zu| auf| als)? INTO( (um|ab jetzt|jetzt|künftig|in zukunft|von nun an|
  ab sofort|von jetzt an))*
rename: (~ )?ONE( um| ab jetzt| jetzt| künftig)*( in| zu| auf| als)? INTO (umbenennen|umbenennst|nennen|nennst|
  taufen|umtaufen|umzubenennen|umtaufst)
rename: (ab jetzt|jetzt|ab sofort|von nun an|künftig|ab heute|von jetzt an|in zukunft)[ ,](heißt|nennen wir|nenn|
  nenne|nennst du|ist|soll|wird|nennt man) ONE( (jetzt|nur noch|nun))? INTO( heißen| genannt)?
rename: ONE (heißt|heisst|hört auf den namen|hieß|nennt sich|wird|soll|nennen wir|sollte|möchte)( (jetzt|nun|
  eigentlich|ab jetzt|ab sofort|von nun an|in wirklichkeit|richtig|künftig|neuerdings|von jetzt an|ab heute|
  inzwischen|mittlerweile|nicht mehr ONE sondern|nur noch|in zukunft))*( bei uns)? INTO( (heißen|genannt|jetzt|nun|
  genannt werden))*
rename: (ändere|ändern|änder|aendere|wechsle|tausche|korrigiere|setz|setze|ändre|stell|
  stelle)( den)? (ONEs namen|ONE|namen( von| für)? ONE)( um)? (in|zu|auf|nach) INTO( (um|ändern|ab))?
rename: ~ (den )?(ONEs namen|namen( von| für)? ONE|ONE) (in|zu|auf) INTO (ändern|umändern|änderst|umbenennen|
  wechseln)
rename: ONEs (neuer |richtiger |echter |eigentlicher )?name (ist|lautet)( (jetzt|nun|eigentlich|ab jetzt))? INTO|
  der (neue )?name von ONE (ist|lautet)( jetzt)? INTO
rename: (mach|mache|macht)( (jetzt|bitte|ab jetzt|nun))* aus ONE( (jetzt|bitte|ab jetzt|nun|einfach))* INTO|(statt|
  anstatt|anstelle von) ONE (sag|sage|schreib|nimm|verwende)( (ab jetzt|jetzt|bitte|lieber))* INTO|(sag|sage|
  sagt)( (ab jetzt|jetzt|bitte|künftig|ab sofort|von nun an))* (INTO zu ONE|zu ONE( (ab jetzt|jetzt|bitte|künftig|
  nur noch))* INTO)
rename: aus ONE (wird|mach|mache|werde|machen wir)( (jetzt|bitte|ab jetzt|nun))* INTO|(gib|gebt|verpass|
  verleih) ONE (den|einen|bitte den)( neuen)? namen INTO|ONE (ist|wird)( (jetzt|ab jetzt|nun|ab sofort|ab heute|
  künftig|in zukunft|von nun an)(,)?)+ ?INTO|ONE (umbenennen|umtaufen) (in|zu|auf) INTO|(sag|sage|schreib|verwende|
  nimm|benutze)( (bitte|ab jetzt))* ((statt|anstatt|anstelle von) ONE( (lieber|bitte|jetzt|besser))* INTO|
  INTO( (statt|anstatt|anstelle von)) ONE)|(ersetz|ersetze|tausch|tausche)( den namen)? ONE (durch|gegen|mit) INTO|
  ONE hat (einen neuen namen|jetzt einen neuen namen|jetzt den namen|den namen|umbenannt)[ ,]*(und zwar |
  sie heißt |er heißt |nämlich |jetzt |er ist |es ist )*INTO|(umbenennen|ONE umbenennen|benenn ONE um|
  benenne ONE um)[ ,]+(sie|er|es|die|der)( (heißt|soll))?( (jetzt|ab jetzt|nun))* INTO( heißen)?|
  ~ ONE umbenennen[ ,]+(in |sie heißt |er heißt |es heißt |zu )(jetzt |nun )?INTO|ONE (schreibt man|
  wird) INTO( geschrieben)?|ich habe ONE falsch geschrieben[ ,]+(es heißt|richtig ist|sie heißt|er heißt|es ist|
  richtig heißt es) INTO|ONE heißt nicht( mehr)?( ONE)?[ ,]*(sondern|jetzt) INTO
rename: (~ )?(den )?(ONEs namen|namen( von| für)? ONE) (in|zu|auf) INTO (ändern|umändern|änderst|umbenennen|
  wechseln|korrigieren|abändern)|(lass uns|wir sollten|wir wollen) ONE (ab jetzt )?INTO nennen
rename: (wir|alle) nennen ONE( (jetzt|ab jetzt|nur noch|nun|inzwischen))* INTO|(statt|anstatt) ONE (heißt|
  heisst) (sie|er|es)( jetzt)? INTO

merge: WHOM und INTO (SAME)
merge: WHOM ist (der|die|das)(selbe|gleiche)?( (selbe|gleiche))?( (SOMEBODY))? wie INTO|WHOM ist (identisch mit|
  gleich|dasselbe wie|derselbe wie|dieselbe wie) INTO
merge: (MERGE) WHOM (und|mit) INTO( (zusammen|zu einem|zu einer|zu einer person|zu einem eintrag|miteinander))*
merge: ~ WHOM (und|mit) INTO (zusammen ?)?(legen|führen|fügen|vereinen|vereinigen|verbinden|verschmelzen|legst|
  führst|zusammenlegen|zusammenführen|zusammenfassen|fassen|zusammenfügen|kombinieren|vereinst|zusammentun|mergen|
  verbindest|vereinigst)
merge: WHOM ist (auch|eigentlich|nur ein anderer name für|ein anderer name für|in wirklichkeit) ONE

undo: (rückgängig|undo|zurücknehmen|widerrufen|zurück|rueckgängig|rückgängig machen|schritt zurück|
  einen schritt zurück|alles zurück)( machen)?
undo: (mach|mache|machs|nimm|nehm|nehme|hol|stell|dreh|setz|machen|widerruf|widerrufe|storniere)( (das|es|dies|
  die|den|meine|deine|letzte[nrs]?|änderung|aktion|schritt|sache|wieder|alles|vorherige|eben|gerade|befehl|löschen|
  was|du|gemacht|hast|umbenennung|ding|auch|jetzt))* (rückgängig|zurück|ungeschehen|wieder her|rückgaengig)( bitte)?
undo: ~ (das |es |die |den |letzte[nrs]? |änderung |aktion |schritt |alles |wieder |auch |was |
  gerade )*(rückgängig|zurück|zurücknehmen|zurücknimmst)( (machen|nehmen|gemacht|machst|nimmst|drehen|zu machen))?
undo: (hol|stell|bring|stelle|hole|bringe) ONE( wieder)? (zurück|her|wieder her)|ONE wiederherstellen

keep: (merk|merke|speicher|speichere|behalte|behalt|lern|lerne|sichere|füg|füge|registriere|trag|trage|leg|lege|
  notier|notiere)( (dir|mir|uns|mal|bitte))*( (HIM))?( ab| ein| unter| mal| so| unter dem namen| hinzu)*( als|
   unter dem namen| mit dem namen| namens| unter|,) ?WHOM( (ab|ein|hinzu))?
keep: ~ ((dir|mir) )?(HIM)( unter dem namen| als| unter| mit dem namen) WHOM (merken|speichern|abspeichern|
  merkst|behalten|speicherst)
keep: (merk|merke|speicher|speichere|behalte|notier)( (dir|mal|HIM))*[ ,](dass |das )?((THAT)|sein name|
  ihr name) WHOM (ist|heißt)
keep: (merk|merke|speicher|speichere|behalte|lern|lerne|notiere)( (dir|mal|HIM))*,(THATS|(THAT) heißt|
  (HIS) name ist) WHOM
called: (nehmen wir|wir nehmen|ich nehme) WHOM
called: ((nenn|nenne|ruf|rufe|tauf|taufe|nennt)( (HIM))|(wir|alle|die kinder|ich|man) (nennen|nennt|nenne|rufen|
  sagen zu)( (HIM|alle|immer|meistens|nur|hier|zuhause|einfach))*|du (kannst|darfst) (HIM))( (ab jetzt|einfach|
  künftig|auch|nur))* WHOM( nennen| rufen)?
called: (HIS)( [a-z]+)? ?(spitz|kose|ruf)?name( davon)? (ist|lautet|wäre|is|war|ist übrigens) WHOM|name( ist|
  ,)? ?WHOM|(der|sein|ihr) name,WHOM
called: (und )?(which=(THAT|(mein|meine|unser|unsere|der|die|das|dieser|diese|dieses|ihr|ihre|sein|
  seine)( [a-z]+){1,7}?|nummer [0-9a-z]+)) (heißt|heisst|hört auf( den namen)?|nennt sich|wird|hieß|
  hiess)( (übrigens|auch|jetzt|ja|also|doch))* WHOM( (genannt|gerufen))?|(es |so )?heißt WHOM
called: WHOM (heißt|ist|nennen wir|nennt sich|hört) (sie|er|es|der|die|das|die kleine|der kleine|der hund|
  die katze|ihn|(HIS) name)|((THATS) )?(REMARKABLE )*(SOMEBODY)[,.]WHOM|(HIS) name( ist)?[,.?]+WHOM|(merk|merke|
  speicher|speichere|lern|lerne)( dir)?( bitte)? (bare=[^,.?~@]{1,40}|@)|~ (dir )?(bare=[^,.?~@]{1,40}|@) (merken|
  merkst|speichern|behalten)
called: (darf ich vorstellen|ich präsentiere|das hier ist|begrüße|sag hallo zu|lern .* kennen|ich stelle (dir|
  euch)|darf ich bekannt machen|vorhang auf für|hier kommt|ich möchte (dir|euch)|gestatten|trefft|triff|
  vorstellen)[ ,]+(dir |euch |das ist |THATS )?WHOM( (vor|vorstellen))?
is_not: ((NOPE)[ ,.]+){0,3}((THATS)( (STRONGLY|SO)){0,3}|(der|die|das) (da |
  hier )?auf PICTURE ist)( (STRONGLY)){0,2} (NOT)( (STRONGLY)){0,2}( (mein|meine|unser|unsere|der|die))? ONE
is_not: (das|die|der|dies) kann( (STRONGLY)){0,3} (unmöglich|nicht|niemals|nie)( im leben)? ONE sein|(wie|wo) (soll|
  sollte|könnte|kann) (das|der|die|dies)( (denn|bitte|bloß|nur|überhaupt)){0,2} ONE sein
is_not: ONE ist das( (STRONGLY)){0,2} (NOT)|ONE ist( (das|dies))?( (STRONGLY)){0,3} nicht( (der|die|das|dieser|
  diese)( (da|hier|auf PICTURE))?)?|ONE ist( (hier|da|auf PICTURE))?( (STRONGLY)){0,3} nicht (auf PICTURE|im bild|
  mit drauf|drauf|zu sehen|abgebildet|im foto)|(auf PICTURE|im bild) ist ONE( (STRONGLY)){0,2} nicht( (drauf|zu sehen|
  abgebildet|dabei))?|kein ONE
is_not_but: (THATS)( (doch|eher))* WHOM(,(und )?| und )nicht ONE|(THATS)( (doch|eher))* (bare=[^,.?~]{1,40}) nicht ONE
is_not_but: (THATS)( (SO|STRONGLY)){0,3} (NOT) ONE[ ,.]+(sondern|aber|das ist|es ist|THATS|das is|die heißt|der heißt|
  sie heißt|er heißt|(HIS) name ist)? ?WHOM|((NOPE)[ ,.]+)?(gar |überhaupt )?nicht ONE[ ,.]+(sondern )?((THATS) )?WHOM
is_not_but: (NOPE)([ ,.]+(NOPE)){0,3}[,.]+(sondern )?(bare=[^,.?~]{1,40})|(nein+|nö+|nee+|ne) (bare=[^,.?~]{1,40})
is_not_but: (NOPE)([ ,.]+(NOPE)){0,3}[ ,.]+(sondern )?((THATS)( (doch|ja|nur|aber|eher|wohl|mein|jetzt))*|
  (HIS) name ist|(THAT) heißt) WHOM
is_not: ((NOPE)[ ,.]+){0,3}(das|dies|der|die) (ist|is|war)( (doch|aber|ja))*( (er|sie|es|ihn|die|der|
  das))? nicht( (er|sie|es|der|
  die|das|ihn))?
is_not: ((NOPE)[ ,.]+){0,3}(IS_NOT) ONE( (überhaupt|du dummerchen|sein|hier|doch|mein freund))*|
  ((NOPE)[ ,.]+){0,3}ONE ist das( SO)? nicht|(das|die|der) kann nicht ONE sein|das soll ONE sein
is: (THATS)( (doch|ja|also|übrigens|natürlich|SO))* WHOM( sein)?
is: (und |oh )*(which=(THAT) (SOMEBODY)( [a-z]+){0,6}?|(mein|meine|unser|unsere|der|die|das|dieser|diese|
  dieses)( [a-z]+){1,8}?|(nummer|nr) [0-9a-z]+|(ganz |da |dort |hier )?(links|rechts|oben|unten|daneben|
  in der mitte|hinten|vorne|im hintergrund|im vordergrund|dahinter|davor|neben (ihm|ihr|@)|hinter (ihm|ihr|@)|
  vor (ihm|ihr|@))( (links|rechts|oben|unten|hinten|vorne|daneben|im bild))?( (daneben|neben .*))?) (ist|is|sind|
  heißt|müsste) WHOM

yes: (YEP)([ ,.]+(YEP)){0,3}
yes: ((YEP)[ ,.]+){0,3}(THATS|ists|isses)( SO)* ONE( (sein|SO))*|(YEP)([ ,.](YEP)){0,3}[ ,.]+ONE
no: (NOPE)([ ,.]+(NOPE)){0,3}

note: (NOTED)[ ,]+(told=ONEs?( und @)? REST)
note: vergiss nicht[ ,]+(dass|das) (told=ONEs?( und @)? REST)
tell: (told=ONEs (HELD)( ANY)? (ist|sind|war|heißt|fällt|hat|heißen|waren|kommt) REST)|(told=(der|die|
  das) (HELD) von ONE (ist|sind|war|heißt) REST)
tell: (told=ONE (ist|is|war) (LASTING)( ANY)?)
tell: (told=ONE (?!(hat|hatte|ist|war|wurde) (?!.*(geboren|adoptiert|kastriert|operiert|gerettet|geworden|verloren|
  sterilisiert|geimpft|gechipt|gestorben|gefunden|gekauft)$)(ANY )?(ge[a-z]+|ver[a-z]+|be[a-z]+|[a-z]*ge[a-z]+|
  er[a-z]+|ent[a-z]+)(t|en)$)(?!(ANY )?(vergisst|vergessen|gelöscht|vergaß|erinnert|umbenannt|umgetauft|entfernt|
  gestrichen|umgenannt)\b)(DURABLE)( ANY)?)

last_seen: (?!wo kommt)((wann|wie lange|wo|an welchem tag|seit wann|weißt du( noch)?,? ?wann)( ANY)? (zuletzt|
  letzte[ns]?|letzte mal|zum letzten mal|das letzte mal|her|nicht mehr|nicht)( ANY)?ONE( ANY)?|(wann|wie lange|wo|
  seit wann|an welchem tag)( ANY)? ONE( ANY)? (zuletzt|letzte[ns]? mal|letztens|her|nicht mehr|gesehen)( ANY)?)
last_seen: wann (hast|habt|haben|war|wurde|hattest)( (du|wir|ihr|man))?( (denn))?( das letzte mal| zuletzt|
   zum letzten mal)? ONE( ANY)?
last_seen: ((hast|habt) (du|ihr) |hat jemand |schon )?ONE (in letzter zeit|letztens|neulich|kürzlich|heute|
  gestern|zuletzt|diese woche|jüngst|in den letzten .*|schon länger|irgendwann|vor kurzem|mal wieder|die tage|
  lange)( (HERE|irgendwo|mal))? (gesehen|getroffen|entdeckt|erkannt|gesichtet)
last_seen: (letzte sichtung|das letzte mal|zuletzt gesehen|letztes mal)( ANY)?ONE( ANY)?|ONE zuletzt gesehen|
  (hast|habt) (du|ihr) ONE gesehen

where: (?!(ANY )?wo ((wohnt|lebt|arbeitet|kommt) ONE|(ist|wurde) ONE (geboren|zu ?hause|daheim)|ONE (wohnt|lebt|
  arbeitet|geboren|herkommt|zu ?hause|daheim)))
  (zeig mir |zeige mir |sag mir |weißt du |siehst du |kannst du (mir )?(sagen|zeigen) |verrat mir |
  und )?,?(wo|wohin)(?! ist das letzte)( ANY)? ONE( und TWO)?( ANY)?
where: (finde?|such|suche|lokalisiere|entdecke|markier|markiere|zeig auf|zeige auf|find|mach|spür|suchst|
  findest)( mir| uns)? ONE( und TWO)?( (HERE|für mich|raus|heraus|mal|auf))*
where: (zeig|zeige)( mir)?( mal)? ONE HERE|ist ONE (links|rechts|oben|unten)( oder ANY)?|(auf|an) welcher (seite|
  stelle)( ANY)? ONE( ANY)?
where: (in|an|auf) welche[rm] (ecke|stelle|seite|ort|teil)( ANY)? ONE( ANY)?
where: ~ ONE( und TWO)?( (HERE|für mich))* (finden|suchen|markieren|zeigen wo|lokalisieren|entdecken)|
  (welche[rs]?)( (davon|von denen|von ihnen|der beiden|hund|katze|SOMEBODY))? ist ONE( HERE)?|wo ONE ist
show: (SHOW)( (mal|nochmal|bitte|etwa|da|denn|auch|schon))* ((A_PHOTO)( (du hast))? (von|mit|
  zu) )?ONE( und TWO)?( (nochmal|noch einmal|mal|her|wieder|sehen|anschauen|angucken|ansehen|zeigen|haben|an|
  bekommen|rüber|gespeichert|da|kurz|einmal|vor))*
show: (SHOW)( (mal|bitte))* ONEs (A_PHOTO)( (her|sehen|an|zeigen))?|(A_PHOTO) (von|
  mit) ONE( und TWO)?( [a-z]+){0,2}|wie sieht ONE( denn| eigentlich)?( aus)|ONEs (PHOTO)( ANY)?|wie ONE aussieht
show: ~ (mir )?((A_PHOTO) (von|mit) )?ONE( und TWO)?( (nochmal|noch einmal|mal|wieder))? (zeigen|schicken|zeigst|
  sehen|anzeigen|anschauen|ansehen|senden|geben|angucken)|(guck|schau)( (mal|dir|wir))* ONE an
about: (und |sag mal |weißt du( noch)?,? ?|sag mir,? ?|erinnere mich,? ?)?(wer|was|wer oder was)( (ist|sind|war|
  is|waren|genau|eigentlich|ist denn|doch gleich))* ONE( und TWO)?( (nochmal|noch|gleich|eigentlich|genau|denn|ist|
  überhaupt|für ein .*|für eine .*))*
about: (erzähl|erzähle|sag|sage|berichte|sprich|rede|infos?|information|informationen|informiere|was|details|
  fakten|alles|etwas|irgendwas|erinner|erinnere|verrat|weißt|hast|kennst|gib|hab|wie|noch|erzählst|sagst|lass|
  beschreib|steckbrief|notizen|teil|schieß)( ANY)? (über|von|zu|bezüglich|betreffend) ONE( und TWO)?( (weißt|
  weisst|erzählt|gesagt|gespeichert|bekannt|erzählen|sagen|wissen|hören|gemerkt|alles|los|kennst|mal|notiert|hast|
  erfahren|berichten|verraten|gelernt|zu erzählen|zu sagen))*
about: (beschreib|beschreibe|kennst du|stell mir|stelle mir|charakterisiere|weißt du wer|
  erinnerst du dich( noch)? an|erkläre|wie ist)( mir)? ONE( (vor|ist|eigentlich))?|was (ist|steckt)( ANY)? ONE|
  was weißt du( ANY)? ONE( ANY)?

list: (sag mir )?wie ?viele [a-z]+ kennst du( (schon|denn|eigentlich|insgesamt|bisher|alles|so))*
count: (sag mir |und |weißt du |zähl(e)?( mal)?,? ?|zähl nach,? ?)?(wie ?viele?|anzahl( der)?|zahl( der)?|zähl|
  zähle|zaehl)( (die|alle|mal|mir|denn|verschiedene|die ganzen|der|von|so))* (what=[a-z]+?( [a-z]+?)??)( ?(sind|ist|
  gibt|gibts|siehst|erkennst|zählst|kannst|HERE|hast|du|es|insgesamt|zu|findest|haben|sieht|man|da|sitzen|stehen|
  liegen|laufen|durch)\b.*)?
count: ~ (die |alle |mal |mir )*(what=[a-z]+)( HERE)* (zählen|zählst)
list: (sag mir |weißt du |erzähl mal |verrat mir |und )?,?(wen|wer|welche (namen|leute|personen|tiere|menschen|
  gesichter|haustiere|freunde|dinge|sachen)|wessen namen?|was für (namen|leute))( ANY)? (kennst|erkennst|merkst|
  gespeichert|gelernt|kennengelernt|gemerkt|weißt|erinnerst|drin|abgespeichert|hinterlegt|kannst|bekannt|kennst du|
  merken|erkennen|hast du)(?! das| die| der)( (du|dir|dich|so|alles|schon|bisher|bereits|denn|eigentlich|aktuell|
  insgesamt|mittlerweile|inzwischen|alle|noch|jetzt|alles schon|erkennen|gespeichert|kennen|gemerkt|namentlich|
  bis jetzt|gelernt|von uns|derzeit|auswendig|hier))*
list: (liste?|zeig|zeige|nenn|nenne|sag|zähl|gib|lies|liste|schreib|zähle|auflisten|lies|erzähl)( (mir|uns|mal|
  auf|alle|her))*( (EVERYONE))( ANY)?|(alle )?namen( auflisten)?|wer ist( (alles|denn|so|schon|
  bei dir))* (gespeichert|bekannt|in deine[rm] .*|drin|dabei gespeichert|abgespeichert)( ANY)?
list: ((gib|zeig|zeige|schick|lies|öffne)( mir| uns)?( mal)? )?(die |deine |eine |ganze |komplette |
  vollständige |namens)*(liste|namensliste|übersicht)( (aller|der|von|mit|allen|namen|leute|die|du|kennst|bitte|
  personen|tiere|deiner|bekannten|her|vor|an))*|wer steht( ANY)? liste|(alle|alles) auflisten|
  ~ (mir )?(EVERYONE)( die du kennst)? (auflisten|zeigen|nennen|aufzählen|sagen|auflistest)

present: ((schau|guck|sieh|check|prüf|prüfe|sag|sag mir|weißt du|siehst du|kannst du sehen|schau nach|guck nach|
  sieh nach|überprüf|überprüfe)( mal| nach| mir| bitte)*,? ?)ob (du )?((das|da) )?ONE( (und|oder) TWO)?( (HERE|das|
  da|ist|sind|siehst|erkennst|findest|entdeckst))+
present: (ist|sind|is|war|wäre|bist|ists|isses)( (das|dies|da|hier|dort|der|die|denn|auch|etwa|vielleicht|nicht|
  wohl|er|sie|das da|das hier|zufällig|eigentlich|jemand|einer|eine|von|denen|davon|dieser|diese|[a-z]+ (links|
  rechts|hinten|vorne)))* ONE(( (und|oder) |,)TWO)*( (HERE|da|etwa|wirklich))*
present: (THAT) (da |hier |[a-z]+ )*(ist|is) (doch )?ONE[ ,](oder|oder nicht|richtig|stimmts|nicht wahr|ja)|
  (siehst|erkennst|findest|entdeckst|erblickst|sieht)( du| man)?( (hier|da|auch|irgendwo|denn))* ONE(( (und|oder) |
  ,)TWO)?( HERE)*|~ ONE(( (und|oder) |,)TWO)?( HERE)* (sehen|erkennen|entdecken|erblicken)|
  kommt ONE( auf PICTURE)? vor|ONE (HERE)|irgendeine spur von ONE


help: ((ich )?(brauche|brauch|benötige|möchte|hätte gern) |zeig (mir )?|gib mir |öffne )?(mal |die |eine |bitte |
  etwas )*(hilfe|anleitung|befehle|hilfeseite|menü|bedienungsanleitung|anweisungen|optionen|
  übersicht der befehle)( (bitte|zu rapport|anzeigen|an|öffnen))*|hilf( mir| uns)?( ANY)?|(mir |
  uns )?(bitte )?(helfen|hilfst du mir|weiterhelfen)|~ (mir |uns )?(ANY )?(helfen|weiterhelfen|hilfst)( ANY)?
help: was (geht|läuft) (alles )?mit dir( so| alles)*|womit kannst du( mir)? helfen|was sind deine (funktionen|
  fähigkeiten|talente)
help: was (alles |noch |sonst )?(kannst|kann|machst|tust|darf|soll|muss|könntest|hast|alles kannst)( (du|ich|man|
  dich|alles|so|denn|
  mit dir|dir|hier|eigentlich|für mich|mich|damit|bot|alles so|der bot|noch|sonst))*( (tun|machen|fragen|sagen|
  schreiben|
  erkennen|drauf|können|anfangen|leisten|anstellen|helfen|befehlen|eingeben))?|(wer|was) bist du( (denn|eigentlich|
  für einer|für ein bot|überhaupt))*|was ist (das|rapport|dieser bot)( (hier|für ein bot|eigentlich))*|
  wozu bist du( ANY)?
help: (wie|erkläre?( mir)?,? wie|erklär( mir)?,? wie|sag mir wie|zeig mir wie|weiß nicht wie)( (funktioniert|
  geht|benutze|benutzt|bediene|funktionierst|arbeitest|läuft|verwende|nutze|kann|starte|fange|bring|bringe|muss|
  man|ich|fang|soll|arbeitet|wird|mach|mache|stell))+( (das|dies|du|dich|hier|ich|man|dir|es|der bot|alles|
  eigentlich|denn|an|ganze|mit dir|bot|was|bei|einen namen|jemanden|mir|dieser|dieses|ding|app|richtig|genau|
  funktioniert|funktionierst|benutzen|benutzt|nutzen|umgehen|geht|anfangen|bei|verwenden|reden|app|loslegen|
  starten|benutzt man))*
help: (erklär|erkläre|zeig|zeige|sag|sage|verrat)( mir)?( mal)?,? ?(wie|was) (das|du|man|
  ich)( [a-z]+){0,3}? (geht|funktioniert|funktionierst|kannst|kann|macht|benutzt|tue|muss|machen)|(was|
  welche)( sind| gibt es für| hast du für| kennst du für)?( (deine|die|die ganzen|alles für))? (befehle|funktionen|
  kommandos|optionen|möglichkeiten|features)( (gibt es|hast du|kennst du|gibts|hier))*
help: (ich bin|bin)( ganz| noch)? neu( hier)?( ANY)?|erklär dich|erkläre dich|erklär mir (das|alles|dich)( ANY)?|
  ich verstehe( das)? nicht( ANY)?|stell dich vor
who: (weißt du|kannst du( mir)? sagen|sag mir|sag mal|weisst du|verrat mir|rate|kannst du erkennen|erkennst du|
  siehst du|ich frage mich|kennst du|hast du eine ahnung|eine ahnung|ahnung|ne ahnung|irgendeine idee|
  weißt du noch|fragst du dich)?[ ,]*(wer|wen|wessen)( (ist|sind|is|wohl|alles|alle|denn|war|hier|da|noch|sonst|
  das|der|die|dies|hier|könnte|wäre|siehst|erkennst|du|dort|kannst|haben|wir|mag|sieht|man|eigentlich|genau|steht|
  sitzt|für|eine?r?|so|dieser|diese|diesem|und|zu|sehen|erkennen|sein|jemand))*( (THAT|HERE|beiden|zwei|drei|
  (SOMEBODY)|sein|sehen|bild|foto|abgebildet|ist|sind|seht|drauf|siehst du|erkennst du|du))+
who: (erkennst|kennst|siehst|identifizierst|entdeckst)( du)?( (hier|da|denn|auch|schon|auf PICTURE|
  irgend))* (jemand|jemanden|ihn|sie|irgendwen|irgendjemand|irgendjemanden|wen|ihn|sie|den|die|das|diese|diesen|dieses|
  einen|eine|die beiden|alle|wer das ist|jetzt|(den|die|das|diese|diesen|dieses) (SOMEBODY|leute|beiden|gesichter|
  gesicht))( (HERE|da|schon|jetzt|nun|inzwischen|davon|bekanntes|wieder|beiden|von denen))*
who: (was) (ist|sind|is) (das|dies|die|der)( (da|hier|denn|für (ein|eine|einer)))*
who: (ist|sind)( (hier|da|denn|dort|auf PICTURE))* (jemand|wer|irgendwer|jemanden)( ANY)?|kommt (dir|
  euch) .* bekannt vor|wie heißt( (denn|eigentlich))? (der|die|das|er|sie|dieser|diese|dieses|THAT)( (hier|da|
  SOMEBODY))*|(nenn|sag) mir (seinen|ihren) namen|jemand (bekanntes|den du kennst)( HERE)?


thanks: ((super|toll|ok|okay|oh|klasse|cool|prima|perfekt|schön|gut|wow|ah|ach|sehr gut|sehr schön|
  lieb)[ ,.]+)*(danke+|dankeschön|danke schön|danke sehr|vielen( lieben)? dank|herzlichen dank|besten dank|
  lieben dank|tausend dank|merci|thx|thanks|dank dir|danke dir|ich danke( dir)?|hab dank|sehr nett( von dir)?|
  lieb von dir|das ist lieb( von dir)?|tausend dank|super gemacht|gut gemacht|brav|braver bot|guter bot|dankö|
  1000 dank)([ ,.]+(dir|schön|sehr|vielmals|bot|rapport|euch|für .*|nochmal|dass .*|lieb von dir|du bist .*|das .*|
  super|toll|gleichfalls|auch|dafür|tausendmal|im voraus|schon mal|ihr lieben|mein freund|kumpel|reicht|alles klar|
  danke|bist .*|perfekt|echt|bis .*|und .*))*
greet: (HELLO)([ ,.]+(HELLO|du|da|zusammen|CALLED_BOT|ihr|alle|leute|wie gehts|wie geht es dir|wie gehts dir|
  alles klar|alles gut|ich bins|freut mich|liebe leute|an alle|wieder|schönen tag|mal wieder|miteinander|
  allerseits|auch))*|wie gehts( dir)?( heute| so)?|wie geht es dir( heute)?|was geht( ab)?|alles klar bei dir|
  schön dich (zu sehen|kennenzulernen)|freut mich( dich kennenzulernen)?|lange nicht gesehen

chat: (hab|habe|haben|hast) (ich|wir) (ANY)(erzählt|gesagt|gezeigt)( ANY)?|was für (ein|eine|einen|
  n) (?!ANY\b(ist|sind|hat|trägt|war|sitzt|liegt)\b)REST|wer weiß( ANY)?|was (meinst|denkst|glaubst) du|was (soll|
  kann|muss|darf) ich ANY|(soll|kann|darf|muss) ich (?!ONE (sehen|nochmal))ANY|ist (doch |mir |mir doch |
  ja )?(egal|wurscht|wurst|okay|ok|gut|klar)( ANY)?
chat: (warum|wieso|weshalb|wann|wie|was|wo|seit wann|weswegen) (fragst|hast|bist|willst|meinst|machst|wirst|
  würdest|heißt|soll|weißt|denkst|tust|lebst|wohnst|hab|habe|bin|mach) (du|ich|dich|das|wir)( ANY)?|(hast|willst|
  wirst|bist|würdest|magst|weißt) du(?! (ANY)(foto|bild))(ANY)? (vergessen|gelöscht|erinner[a-z]*|gemerkt|böse|
  sauer|lieb|echt|müde|da)( ANY)?|wer (ANY)(vergisst|erinnert|vergessen|gemacht|gebaut|programmiert|
  erfunden)(ANY)?|warum|wieso|warum nicht|wie bitte|was nun
beyond: (was|wie|welche[rsnm]?|wer|wessen|warum|wieso|weshalb|wo|woher|wann|womit|worauf|wohin|woran|wen|wem|
  wofür)( REST)?
beyond: (ist|sind|war|waren|hat|haben|kann|können|macht|schläft|sieht|trägt|lacht|läuft|sitzt|steht|liegt|spielt|
  regnet|schneit|wirkt|scheint|gibt|isst|frisst|lächelt|schaut|guckt|mag|fühlt|freut|hält|steht|passt|siehst|
  findest|geht) (er|sie|es|das|der|die|da|dort|hier|jemand|man|auf|ihm|ihr|du|@s?|ein|eine|mein|meine|
  PICTURE)( REST)?
beyond: (beschreib|beschreibe|erkläre?|lies|übersetze?|fass)( REST)?|(sag|erzähl) mir,? (was|wie|warum|ob) REST|
  (weißt du|sag mir|verrat mir|erinnerst du dich) (wo|woher) .*@.*|
  ~ (ANY )?(beschreiben|vorlesen|lesen|übersetzen|erklären)
"""
