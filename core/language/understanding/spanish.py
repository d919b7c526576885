"""Spanish: its words and rules; pronouns on verbs, subjects left out."""

SPANISH = r"""
BEFORE = (HELLO|CALLED_BOT)( (a todos|CALLED_BOT|de nuevo|otra vez|amigo))*[ ,.]+|(pues|bueno|ok|okay|vale|oh|ah|
  eh|mmm*|hm+|por favor|porfa|porfi|porfis|porfavor|ahora|y|entonces|pero|ups|uy|ay|perdon|perdona|disculpa|
  lo siento|oye|oiga|mira|mire|dime|creo que|pienso que|quizás|tal vez|sabes|a ver|jaja+|jeje+|venga|anda|eso|
  es que|por cierto|bien|listo|claro que|escucha|che|yo creo que|me parece que|fíjate|de hecho|la verdad|
  en realidad)[ ,.]+
CALLED_BOT = bot|rapport|robot|amigo|amiga|colega|tío|asistente|amigo mío
AFTER = [ ,.]+(por favor|porfa|porfi|porfis|porfavor|plis|gracias|muchas gracias|ok|okay|vale|sí|no|verdad|jaja+|
  jeje+|jajaja|CALLED_BOT|si puedes|si puede ser|si es posible|cuando puedas|para mí|perdon|perdona|en realidad|
  creo|pues|eh|anda|venga|de una vez|quieres|te lo pido|hombre|tío|por cierto)
WITHIN = \b(por favor|porfa|porfi|porfis|porfavor|simplemente|solo|sólo|ya|ahora mismo|realmente|inmediatamente|
  enseguida|pues|quizás|tal vez|rápido|un momento|oye)\b
ASKING = (me |te |nos |lo |la )?(puedes|podrías|podrias|puede|podría|podéis|quieres|querrías|
  serías tan amable de|te importaría|te importa|serías capaz de|hazme el favor de|haz el favor de|podés) |
  (me gustaría|me gustaria|quiero|quisiera|querría|necesito|deseo|te pido|prefiero|me encantaría|te ruego|
  es hora de)( que)?( tú)? (?!ver )|(vamos a|hay que|tienes que|debes|deberías|ve a|necesitas|vas a)[ ]
TALKING = \b(debo|debería|deberia|deberíamos|tengo que)\b|\bcómo (puedo|hago|borro|elimino|olvido|podría|
  se (borra|elimina))\b|\b(si|cuando|antes de|mientras|aunque|hasta que)\b|\bqué (pasa|pasaría|sucede|ocurre)\b|
  \b(dijo|dice|dicen|dije|decía|contó|preguntó|escribió|gritó|canción|película|libro|soñé|sueño|frase|broma)\b|
  \b(te acuerdas (de )?(cuando|como|que)|recuerdas (cuando|cuándo|como|cómo|que|aquel|el día))\b|\bquién (recuerda|
  olvida|olvidaría)\b
OF_NAME = ((sabes|dime|recuerdas|me dices|puedes decirme) )?(que|como|cuanto|cuantos|cuando|por que|cual|donde|tiene|
  es|esta|le|puede|a que|de que|de donde|desde cuando) .*@.*
SHE = \b(ella|él|a ella|a él)\b|((?<=borra)|(?<=lvida)(?!lo)|(?<=imina)|(?<=quita)|(?<=borrar)|(?<=lvidar)|(?<=iminar)|
  (?<=nseñame)|(?<=uestrame))(la|lo)\b
HERS = \b(su|sus)\b(?= [a-z])

YEP = sí señora?|sí claro|s+i+|sip+|sep|yes|claro|claro que sí|por supuesto|exacto|exactamente|correcto|cierto|
  así es|eso es|es cierto|es verdad|efectivamente|desde luego|seguro|sin duda|ok|okay|vale|obvio|obviamente|
  obvio que sí|ya lo creo|evidentemente|naturalmente|afirmativo|en efecto|justo|justamente|ajá|aja|(THAT )?(es|
  son)( (ella|él|ese|esa|este|esta|así|correcto|cierto))|sí que (es|lo es)|lo es|sí es|es|eso mismo|el mismo|
  la misma|tienes razón|has acertado|acertaste|bien visto|buen ojo|le has dado|le diste|diste en el clavo|bingo|
  creo que sí|yo creo que sí|pienso que sí|sisi|sí sí|totalmente|absolutamente|completamente|muy bien|100|
  cien por cien|cien por ciento|está bien|está claro|tal cual|clarísimo|segurísimo|simón|dale|órale|positivo|
  que sí|así mismo|ese es|esa es|es ese|es esa|es mi (perro|perra|gato|gata)
SO = sin duda|seguro|claro|definitivamente|efectivamente|exactamente|desde luego|por supuesto|obviamente|
  de verdad|ya|también|claramente|clarísimo|segurísimo|mismo|bien
STRONGLY = (está |es )?(seguro|claro|obvio|evidente|seguramente|claramente|definitivamente|obviamente|evidentemente|
  desde luego|por supuesto|ciertamente|sin duda|de verdad|sinceramente|segurísimo|clarísimo|con seguridad)
NOT = (no|tampoco|nunca|jamás|de ninguna manera|de ningún modo|en absoluto|ni (de broma|de lejos|por asomo|en sueños|
  loco)) (lo )?(es|era|son|será|puede ser|podría ser|parece|se parece a|fue)
AT_ALL = para nada|en absoluto|ni de lejos|ni por asomo|ni de broma|de ninguna manera|realmente|de verdad|
  ni en sueños|ni loco
ELSE = otra persona( (completamente |totalmente )?(distinta|diferente))?|alguien (más|(completamente |
  totalmente )?(distint[oa]|diferente))
OTHER_ONE = ELSE|(un |una )?otr[oa]s?( (SOMEBODY))?( (distint[oa]s?|diferentes?))?|(un|una) (SOMEBODY) (distint[oa]|
  diferente)
NOBODY = OTHER_ONE|(igual que|como) .*|(nadie|alguien|ningun[oa]|cualquiera|algun[oa]|quien sea)( .*)?|(un |
  una )?desconocid[oa]
DENIES = \b(no|nunca|jamás|tampoco|ni|nadie|ningun[oa]?|imposible|cómo|cuál|quién|qué|dónde)\b
NOPE = ELSE|(THATS)( SO)? (OTHER_ONE)|(totalmente|completamente|absolutamente) (falso|equivocad[oa]|mal|incorrecto)|
  (THAT )?no soy yo|ni por asomo|de ningún modo|ni en sueños|nada de eso|no para nada|te has confundido|te confundes|
  te confundiste|no+|nop+|nope|nah|ni hablar|para nada|en absoluto|de ninguna manera|qué va|negativo|jamás|nunca|
  incorrecto|falso|mal|error|equivocado|te equivocas|te has equivocado|te equivocaste|estás equivocad[oa]|
  (que )?no (lo )?es( (él|ella|ese|esa|así|cierto|verdad|correcto|este|esta|mi (perro|perra|gato|gata)|el mío|
  la mía))?|(THAT )?no es( (él|ella|ese|esa|así|cierto|verdad|correcto))?|eso no es (cierto|verdad|correcto|así)|
  (THAT) no (lo )?es|creo que no|me parece que no|no creo|no lo creo|claro que no|por supuesto que no|
  desde luego que no|tampoco|casi|ni de broma|ni de lejos|ni loco|lo siento|perdona|perdón|es (otr[oa]|
  alguien más)( (perro|perra|gato|gata|persona))?|(perro|perra|gato|gata|persona|animal) equivocad[oa]|no exactamente|
  no del todo|no es verdad|nada que ver|nanai|me temo que no|desgraciadamente no|por desgracia no|lamentablemente no|
  obvio que no|no para nada|no señor|seguro que no|no tienes razón|fallaste|has fallado|no acertaste|frío|
  inténtalo (de nuevo|otra vez)|prueba otra vez|nones
THAT = este|esta|esto|ese|esa|eso|aquel|aquella|él|ella|estos|estas|esos|esas|ellos|ellas|aquí|aqui|ahí|acá|
  este de aquí|esta de aquí|ese de ahí
THATS = (THAT) (es|son|está|era|debe ser|sería|tiene que ser|será)|es|son|se trata de|aquí (está|tienes|tenemos|
  ves|va|viene)|(THAT) de (aquí|ahí) es|debe (de )?ser|tiene que ser|creo que es|esa s|era
IS_NOT = ((THAT) )?(no|tampoco|nunca) (es|son|era|puede ser|se parece a|parece|fue)( (para nada|realmente))?|no|
  claro que no es|(THAT) no
HIM = lo|la|le|los|las|a este|a esta|a ese|a esa|esto|este|esta|eso|ese|esa|al (SOMEBODY)|a (SOMEBODY)|a él|a ella
HIS = su|el|mi|nuestro|nuestra|tu|cuyo
SOMEBODY = (REMARKABLE )*(perr[oa]s?|perrit[oa]|cachorr[oa]|can|gat[oa]s?|gatit[oa]|mascota|animal|pájaro|loro|
  periquito|caballo|yegua|conej[oa]|hámster|hamster|cobaya|vaca|oveja|cabra|tortuga|pez|persona|gente|hombre|mujer|
  señor|señora|señorita|tipo|chic[oa]|chavo|chava|muchach[oa]|niñ[oa]|bebé|bebe|amig[oa]|mejor amig[oa]|
  compañer[oa]|colega|jef[ea]|vecin[oa]|profesora?|maestr[oa]|compañer[oa] de piso|marido|esposo|esposa|pareja|
  novi[oa]|herman[oa]|hermanit[oa]|hij[oa]|madre|mamá|padre|papá|abuel[oa]|abuelit[oa]|tí[oa]|prim[oa]|sobrin[oa]|
  niet[oa]|cuñad[oa]|suegr[oa]|yerno|nuera|taza|tetera|hervidor|bici|bicicleta|coche|carro|auto|moto|guitarra|
  planta|cactus|juguete|muñec[oa]|peluche|oso|osito|cara|foto|imagen|cosa|objeto|robot|aspiradora|barco|patinete|
  lámpara|silla|peludo|peluda|señorito|bicho|bichito|criatura|nombre|otr[oa]|un[oa]|pequeñ[oa]|chiquit[oa]|
  labrador|caniche|chihuahua|galgo|viejo|vieja)
REMARKABLE = tus|mi|mis|tu|su|sus|nuestr[oa]s?|el|la|los|las|un|una|este|esta|ese|esa|aquel|aquella|pequeñ[oa]|gran|
  grande|viej[oa]|nuev[oa]|otr[oa]|primer[oa]?|segund[oa]|tercer[oa]?|querid[oa]|mayor|menor|mejor|buen[oa]?|
  negr[oa]|blanc[oa]|gris|roj[oa]|azul|verde|marrón|dulce|hermos[oa]|bonit[oa]|lind[oa]|guap[oa]|precios[oa]|
  gord[oa]|flac[oa]|jóven|mism[oa]|de mi|de mis|de la|del|de|de nuestr[oa]|de su|de un|de una|de tu|a
LEAD = (REMARKABLE|SOMEBODY|también|todavía|probablemente|seguramente|se llama|se llaman|llamad[oa]|claramente|
  obviamente|mi querid[oa]|nada menos que|ni más ni menos que|nuestr[oa]|por aquí|aquí|que se llama) +
INTRODUCES = SOMEBODY|mi|nuestr[oa]|su|el|la|llamad[oa]|se llama|que se llama
INDEFINITE = un|una|unos|unas
NAMED = llamado|llamada|se llama|que se llama
ENDINGS = .*(mente|ando|iendo|ísimo|ísima|isimo|isima|oso|osa|able|ible|ción|cion|dad|ado|ido|ada|ida)
TRAIL = ( (aquí|ahí|acá|por cierto|también|entonces|ahora|en realidad|otra vez|por favor|porfa|tambien|claro|
  de verdad|jaja+|jeje+|creo|verdad|no|ya|siempre|eh|pues|ok|vale|todos|a todos|a partir de ahora|desde ahora|
  de ahora en adelante|en su lugar|de .*|del .*|con .*|en (?!invierno|verano|otoño|primavera|navidad|[0-9]).*|que .*|
  y .*|pero .*|porque .*|al .*|a .*|mi .*|su .*|
  nuestro .*|nuestra .*|el .*|la .*|como .*|cuando .*|para .*|desde .*|recuérdalo|recuérdala|guárdalo|guárdala|
  no .*))+
TRAIL_END = (TRAIL)$
AFTER_END = (AFTER)$
PASSING = ^(?!@ (ahora )?(vive|trabaja|pesa|estudia|ama|adora|odia|teme|prefiere|lleva|necesita|toma)\b).*\bahora\b|
  \b(hoy|mañana|ayer|anoche|pronto|luego|esta (noche|mañana|tarde|semana)|en este momento|otra vez|
  viene|de nuevo|el fin de semana|ahorita)\b
TITLES = señor|señora|señorita|sr|sra|srta|don|doña|doctor|doctora|dr|dra|tío|tía|abuelo|abuela|abuelita|
  abuelito|papá|mamá|capitán|rey|reina|príncipe|princesa|sir|profesor|profesora|maestro|maestra|san|santa|padre|
  madre|primo|prima|nana|yaya|yayo|general|conde|mister|miss|fray
COMMON = roma|sevilla|lisboa|berlín|tokio|amsterdam|praga|granada|portugal|grecia|japón|alemania|el|la|los|las|un|
  una|unos|unas|este|esta|esto|ese|esa|eso|aquel|yo|tú|tu|él|ella|nosotros|ellos|mi|mío|
  mía|mis|su|suyo|suya|nuestro|nuestra|tan|muy|demasiado|bastante|realmente|no|sí|si|solo|sólo|también|todavía|ya|
  otra|otro|vez|siempre|nunca|a|al|de|del|en|por|para|con|sin|sobre|entre|hasta|desde|que|qué|quien|quién|cual|
  cuál|donde|dónde|cuando|cuándo|cómo|como|porque|y|o|pero|ni|es|son|está|están|era|fue|ser|estar|ha|he|hay|tiene|
  tengo|puede|puedo|hace|hacer|ir|va|voy|bueno|buena|bien|mal|malo|mala|genial|increíble|guay|chulo|chula|padre|
  bonito|bonita|hermoso|hermosa|lindo|linda|precioso|preciosa|guapo|guapa|mono|mona|adorable|dulce|gracioso|
  graciosa|divertido|divertida|chistoso|raro|rara|extraño|extraña|loco|loca|triste|feliz|cansado|cansada|enfermo|
  enferma|tarde|temprano|nuevo|nueva|viejo|vieja|joven|grande|pequeño|pequeña|largo|larga|corto|caliente|frío|frio|
  calor|oscuro|claro|clara|fuerte|rápido|lento|fácil|difícil|posible|imposible|verdad|mentira|falso|cierto|cierta|
  correcto|correcta|seguro|segura|obvio|ok|vale|perfecto|perfecta|excelente|fantástico|fantástica|maravilloso|
  maravillosa|espectacular|horrible|feo|fea|asqueroso|ridículo|ridícula|absurdo|interesante|aburrido|aburrida|
  emocionante|importante|serio|peligroso|libre|listo|lista|ocupado|lleno|llena|vacío|todo|toda|todos|nada|algo|
  alguien|nadie|mucho|mucha|poco|poca|más|mas|menos|mejor|peor|amor|vida|tiempo|hora|día|dia|noche|mañana|hoy|ayer|
  luego|después|ahora|pronto|lunes|martes|miércoles|jueves|viernes|sábado|domingo|enero|febrero|marzo|abril|mayo|
  junio|julio|agosto|septiembre|octubre|noviembre|diciembre|navidad|verano|invierno|primavera|otoño|trabajo|casa|
  escuela|comida|cena|café|agua|música|arte|magia|cielo|dios|mierda|basura|hola|adiós|adios|gracias|favor|perdón|
  perdon|espera|ayuda|quizás|quizá|jaja|jajaja|jajajaja|uy|ay|oh|uno|dos|tres|cosa|cosas|idea|pregunta|respuesta|
  problema|error|broma|pena|lástima|vergüenza|sorpresa|secreto|historia|hecho|punto|caso|igual|diferente|primero|
  último|siguiente|favorito|favorita|momento|segundo|minuto|foto|imagen|cámara|teléfono|lluvia|nieve|sol|perro|
  perra|gato|gata|hombre|mujer|persona|amigo|amiga|niño|niña|bebé|tonto|tonta|estupendo|brutal|alucinante|mítico|
  normal|típico|privado|borroso|borrosa|complicado|complicada|injusto|justo|justa|aquí|aqui|ahí|ahi|allí|acá|
  quiero|creo|sé|se|le|lo|me|te|nos|les|decidido|idea|demasiado|así|asi|mio|tuyo|tuya|culpa|suerte|casualidad|
  locura|tontería|vacaciones|italia|españa|méxico|francia|parís|londres|madrid|barcelona|playa|parque|bosque|
  montaña|jardín|familia|gente|año|semana|mes|fiesta|cumpleaños|espérate|deja|déjame|pienso|raza|monada|belleza|
  cielo|ternura|tesoro|sueño|dormido|dormida|vivo|muerto|chido|chida|copado|bárbaro|vecino|vecina|secreto|saber|
  idea|luego|ninguno|ninguna|cancelar|cancela|perdona|ups|uf|uff|bah|meh|eh|um|mmm|dudo|depende|ambos|igualmente|
  mismo|misma|cualquiera|otro|otra|fin|semana|finde|ciudad|calle|coche|jardín|parque|boda|fiesta|navidades|
  costumbre|tradición|realidad|leyenda|rutina|arte|oro|fuego|locura|exageración|exagerado|dormilón|comilón|
  travieso|traviesa|pícaro|payaso|bonachón|precioso|encantador|encantadora|elegante|fotogénico|fotogénica|nombre|
  apodo|adivina|adivine|pregunta|pregúntale|callejero|callejera|desconocido|desconocida|anónimo|entonces|antes|
  recuerdo|viejos|tiempos|bah|pasada|pasado|cosas|cualquier|ver|veremos|provecho|veo|vemos|madrid|barcelona|torre|
  iglesia|puente|museo|mercado|fecha|vaya|venga
NEVER = roma|lisboa|tokio|praga|madrid|barcelona|yo|qué|quién|cómo|dónde|sí|no|gracias|hola|espera|ayuda|genial|bien|
  bueno|el|la|los|un|una|es|está|ella|
  tú|mi|tu|su|todo|nada|vale|ok|dios|claro|momento|déjame|olvida|borra|deshacer|instagram|facebook|ay|uy|oh|jaja|
  perdón|adiós|qué|lunes|martes|para|pero|nunca|perfecto|italia|españa|méxico|navidad|nadie|alguien|ninguno|luego|
  cancela|cancelar|perdona|igual|depende|quizá|quizás|correcto|exacto|adivina|pregunta|pregúntale|ninguna|nunca|
  fue|era|ese|esa|ayer|hoy|mañana|amo|amor|espérame|aún|todavía
LOOKS = \b(mu[eé]str[a-z]*|mostrar[a-z]*|ens[eé][nñ][a-z]*|ver|PHOTO)\b
PETS = nieve|lluvia|sol|luna|estrella|nube|niebla|café|té|leche|música|magia|verano|invierno|primavera|otoño|
  enero|febrero|marzo|abril|mayo|junio|julio|agosto|lunes|viernes|navidad|suerte|canela|azúcar|miel|cielo|amor|
  sueño|tesoro|bola|negro|negra|blanco|blanca|rubio|chico|chica|gordo|gorda|flaco|flaca|feliz|loco|loca|dulce|
  linda|lindo|bonita|bonito|princesa|rey|reina|noche|fuego|oro|payaso|pícaro|travieso|arte|ternura|playa|bebé|
  niño|niña|belleza|vida|fiesta|domingo
EVERYDAY = galleta|bizcocho|pastel|pan|mantequilla|queso|miel|azúcar|sal|pimienta|jengibre|canela|vainilla|
  chocolate|caramelo|flan|fideo|fideos|arroz|frijol|cacahuete|nuez|avellana|coco|calabaza|patata|papa|tomate|
  cereza|melocotón|ciruela|mango|fresa|mora|aceituna|pepinillo|tocino|salchicha|jamón|huevo|huevos|sopa|cerveza|
  vino|bola|copo|tormenta|trueno|rayo|fuego|ceniza|humo|piedra|roca|arena|concha|perla|diamante|rubí|estrella|
  nube|hoja|árbol|rosa|lirio|trébol|hiedra|musgo|zorro|lobo|tigre|león|panda|mono|ratón|rata|pato|ganso|cisne|
  búho|águila|rana|abeja|araña|sombra|botón|lazo|calcetín|bota|botas|zapato|zapatos|guante|manta|almohada|caja|
  bolso|llave|llaves|dinero|cartera|entrada|cuenta|cita|citas|contraseña|deberes|alquiler|reunión|ventana|
  puerta|pared|suelo|mesa|silla|reloj|lápiz|papel|carta|tarjeta|palo|hueso|cohete|tren|barco|ancla|pirata|
  capitán|príncipe|princesa|reina|rey|ángel|fantasma|mago|hada|dragón|monstruo|héroe
LEFT = izquierd[oa]
RIGHT = derech[oa]
MIDDLE = medio|centro|enmedio
TOP = arriba
BOTTOM = abajo
OTHER = otr[oa]|segund[oa]
NUMBERED = (número|numero|el|la) ([0-9])\b
KINDS = gente person|personas person|hombres person|hombre person|mujeres person|mujer person|niños person|
  niñas person|niño person|chicos person|chicas person|chico person|chica person|señora person|señor person|
  perrito dog|perritos dog|perra dog|perras dog|cachorro dog|cachorros dog|gatito cat|gatitos cat|gata cat|
  gatas cat|bici bicycle|bicis bicycle|taza cup|tazas cup|móvil cell phone|teléfono cell phone|coche car|
  coches car|carro car|carros car|auto car|autos car|tele TV|ave bird|aves bird|pájaros bird|pájaro bird|
  caras person|plantas potted plant|osito teddy bear

SPELLED = q que|k que|xq porque|pq porque|xfa por favor|xfavor por favor|tb también|tmb también|bn bien|
  kien quién|qn quién|d de|dnd dónde|olbida olvida|borar borrar|hola hola|pa para|toy estoy|ta está
CLOSING = ( (ahora|por favor|porfa|desde ahora|a partir de ahora|de ahora en adelante|en su lugar|gracias|ya|
  desde hoy|vale|mejor|entonces|de nombre))+$
HELLO = hola+|holi|holis|hey|ey|buenas|buenos días|buen día|buenas tardes|muy buenas|buenos|saludos|qué tal|
  qué hay|qué onda|bienvenido|hello|hi|alo|aló|qué hubo|quiubo|holaa+|hola hola|mucho gusto|encantad[oa]
FORGET = olvida|olvide|olvides|olvidar|olvídate|olvidate|olvídese|olvidarte|olvides|borra|borre|borres|borrar|
  bórrame|elimina|elimine|elimines|eliminar|quita|quite|quites|quitar|suprime|suprimir|suprimas|saca|sacar|saques|
  remueve|remover|desecha|tira|deshazte|deshacerte|bórrate|olvídame|elimíname|descarta|descartar|limpia|olvidad|
  borrad|eliminad|borrá|olvidá|eliminá|te olvides|deshagas|olvidaras|olvidases|borraras|borrases|eliminaras|
  quitaras|bórrala|bórralo|olvídala|olvídalo|elimínala|elimínalo|quítame|sácame|quitarme|borrarme|borrarla|borrarlo|
  olvidarla|olvidarlo
ABOUT = (a|de|al|del|todo|lo|que|sobre|sabes|acerca|las|los|la|el|fotos|foto|datos|información|info|recuerdos|
  recuerdo|cosas|quién|quien|es|tus|toda|todas|todos|tienes|conoces|memoria|nombre|entrada|te|he|contado|dije|
  acuerdas|por completo|completamente|mi|mis|nuestro|nuestra|relacionado|con|imágenes|ya|ahora)
OWN = (?>(?>SOMEBODY|(?!(a|de|del|el|este|esta|ese|esa) )REMARKABLE) )+(?=@)
OFF = (por completo|completamente|del todo|para siempre|otra vez|de (tu|la|mi|esta) (memoria|lista|mente|cabeza|
  base de datos)|de ahí|de aquí|ahora|ya|inmediatamente|permanentemente|también|definitivamente|de una vez|para mí|
  de memoria|ahora mismo|del chat|del álbum|del sistema|cuanto antes|enseguida|y sus fotos|y todo .*)
PHOTO = fotos?|imagen|imágenes|fotografías?|fotillos?|álbum|retratos?|selfies?|fotitos?|fotito
A_PHOTO = ((la|las|los|una|unas|el|alguna|algunas|alguna|todas|tus|mis|más|otra|otras|todas las|todas tus|última|
  últimas|esas|esa|foticos|guardadas|un|cualquier) )*(PHOTO)
SHOW = (muestra|muéstrame|muestrame|mostrar|mostrarme|muestres|enseña|enséñame|ensename|enseñame|enseñar|
  enseñarme|enseñes|manda|mándame|mandame|mandar|mandarme|envía|envíame|enviar|enviarme|dame|pásame|pasame|pasarme|
  saca|trae|abre|déjame ver|dejame ver|dejas ver|me dejas ver|deja ver|puedo ver|podría ver|podemos ver|quiero ver|
  quisiera ver|me gustaría ver|tienes|hay|ver|a ver|verme|mostrá|mostrame|enseñanos|muéstranos|quiero|déjanos ver|
  mira|querría ver|ver otra vez|tendrás|tenés|sácame|me enseñas|me muestras|me mandas|me pasas|me envías)
EVERYONE = tod[oa]s?( (los|las|lo))?( (nombres|personas|que conoces|mascotas|animales|gente|caras|amigos|
  que sabes|que recuerdas|cosas))*|a todos|los nombres|nombres|a todo el mundo|todo el mundo|tus amigos|
  tus conocidos|cada nombre
PICTURE = (la|esta|esa|mi|una|las|tu) (foto|imagen|fotografía|fotos)
HERE = (también |por |tambien |acaso |ambos |los dos |las dos |tal vez |en algún lugar )*(aquí|aqui|ahí|ahi|acá|
  allí|allá|en (PICTURE|esta|esa|algún lado|algún sitio|alguna parte)|presentes?|visibles?|por ahí|por aquí|
  en el fondo|al fondo|a la (izquierda|derecha)|en la|en el medio|al lado de .*|en ella|también|tambien|o no|
  de (atrás|delante|la izquierda|la derecha|al lado|arriba|abajo|fondo)|del fondo|dentro|detrás|delante|en foto|
  ahora|junto a .*)
SAME = (son|es)( (en realidad|realmente|exactamente|los dos|ambos))*( (el|la|lo|los|las|un|una))? ?(mism[oa]s?|
  uno solo|idénticos|iguales|igual|sola)( (SOMEBODY|cosa|persona|ser))?
MERGE = (une|unir|unas|junta|juntar|juntes|combina|combinar|combines|fusiona|fusionar|fusiones|mezcla|mezclar|
  unifica|unificar|unifiques|enlaza|vincula|júntame|asocia|agrupa)
DURABLE = (ama|adora|odia|detesta|come|bebe|pesa|tiene|posee|ladra|muerde|prefiere|disfruta|vive|trabaja|teme|
  tolera|toma|necesita|ronca|duerme|conoce|habla|entiende|pertenece|viene de|proviene|nació|cumple|cumplió|
  fue adoptad[oa]|fue rescatad[oa]|fue|era|puede|no puede|no come|no tolera|no soporta|no le|no tiene|no es|
  no debe|debe|nunca|siempre|suele|colecciona|caza|lleva|sufre|padece|reacciona|estudia|juega|nada|canta|roba|
  escucha|gruñe|cojea|tenía|murió|perdió (un|una|la|el|su)|llegó a|necesita|requiere|solía|quiere (mucho|a)|
  no quiere|no bebe|no ve|no oye|no ladra|ve mal|oye mal|se asusta|se pone|se llevan?|se casó|le (gusta|gustan|
  encanta|encantan|da|dan|tiene|duele|duelen|molesta|molestan|falta|faltan|sienta|chifla|fascina|teme|cuesta)|
  no le (gusta|gustan|da)|usa|ya no|mide|celebra|sabe|persigue|muda|cava|ronronea|maúlla|salta|solo|sólo|
  está (castrad|esterilizad|casad|vacunad|embarazad)[oa])
LASTING = (ya |casi |también |muy |un poco |bastante |siempre |originalmente |solo |medio |algo |super |más |
  el más |la más |demasiado )*(alérgic[oa]s?|miedos[oa]|sord[oa]|cieg[oa]|mach[oa]|hembra|de|del|[0-9]+|un|una|mi|
  nuestr[oa]|su|el|la|los|las|casad[oa]|vegan[oa]|vegetarian[oa]|diabétic[oa]|intolerante|tímid[oa]|aficionad[oa]|
  adict[oa]|mejores amig[oa]s|amig[oa]s|herman[oa]s|castrad[oa]|esterilizad[oa]|embarazada|mayor|menor|más|
  zurd[oa]|adoptad[oa]|vacunad[oa]|hij[oa]|dueñ[oa]|prim[oa]s?|tí[oa]|epiléptic[oa]|asmátic[oa]|nervios[oa]|
  agresiv[oa]|amigable|celos[oa]|sensible|muy|argentin[oa]|español[oa]?|mexican[oa]|viej[oa]|jóven|cariños[oa]|
  perezos[oa]|vag[oa]|juguet[oó]n[a]?|ansios[oa]|buen[oa] con|mudo|coj[oa]|glot[oó]na?|asustadiz[oa]|
  desconfiad[oa]|enferm[oa] de[l]?|un[oa]? [a-z]+)
HELD = (cumpleaños|cumple|[a-z]+ favorit[oa]s?|santo|dueñ[oa]s?|herman[oa]s?|mamá|papá|madre|padre|
  nombre completo|raza|veterinari[oa]|segundo nombre|apellidos?|mejor amig[oa]|alergias?|hobby|pasatiempo|trabajo|
  número( de [a-z]+)?|teléfono|dirección|edad|peso|comida|marido|esposa|mujer|pareja|color( [a-z ]+)?|pelo|ojos|
  chip|orejas?|cola|medicina|medicación|pastillas?|cama|correa|collar|amig[oa]|hij[oa]s?|aniversario|altura|tamaño|
  juguete|dieta|premios?|manta|pata|mote|apodo|asa|tapa)
NOTED = (anota|anótate|anotate|apunta|apúntate|recuerda|ten en cuenta|toma nota( de)?|escribe|guarda|
  acuérdate( de)?|acuerdate( de)?|memoriza|registra|ten presente|no olvides|que sepas|para que (lo )?sepas|sabías|
  debes saber|deberías saber|tienes que saber|para tu información|fyi|dato|nota|información|info|importante|
  por cierto|quiero que sepas|te cuento|que conste|aprende|no te olvides( de)?|te aviso( de)?|te informo( de)?|
  dato curioso|ojo|ten|recuerde|apuntá|anotá|te digo|sabes( qué)?|apúntame|anotar|apuntar|recordar|recuerdes|
  apuntes|anotes)( (para ONE|de ONE|sobre ONE|a ONE|bien|esto|por favor|para luego))?( que)?
PRAISE = lind[oa]s?|bonit[oa]s?|hermos[oa]s?|precios[oa]s?|guap[oa]s?|mon[oa]s?|tiern[oa]s?|dulces?|adorables?|
  bell[oa]s?|gracios[oa]s?|divertid[oa]s?|chistos[oa]s?|rar[oa]s?|extrañ[oa]|buen[oa]s?|mal[oa]s?|genial|increíble|
  guay|pena|lástima|bien|mal|asco|miedo|risa|susto|sorpresa|ternura|locura|horror|calor|frío|día|noche|suerte|
  alegría|emoción|chul[oa]s?|fuerte|ricur[ao]|belleza|monada|triste|maravilla|tontería|vergüenza|aburrid[oa]|
  fotaza|cosita|cucada|feliz|loc[oa]|tarde|fea?o?

chat: (qué|que|es|son|está|esta|tan|cómo|muy|ay|uy|son|cuánt[oa]|vaya|ay)( (tan|más|es|son|muy|está|la|el|una|un|
  de|foto|cosa|ell[oa]|él|perr[oa]|gat[oa]))* (PRAISE)( ANY)?
opt_out: (por favor )?(no|nunca|ya no|deja de) (me (reconozcas|identifiques)|reconocerme|identificarme)( (más|aquí|
  nunca|por favor|en (las fotos|este chat|este grupo)))*|no reconozcas mi cara( (más|aquí|por favor))*
opt_out: (ya )?no quiero que me (reconozcas|identifiques)( (más|aquí|por favor))*|no quiero ser reconocid[oa]( aquí)?
opt_in: (ya )?(puedes|podés) (volver a reconocerme|reconocerme( (otra vez|de nuevo|aquí))+)
talk: (no|nunca|jamás)( (te|se|me|lo|la|le|os|por favor))* (olvid|borr|elimin|quit|suprim|
  renombr)[a-zñ]*( (?!.*\bque @).*)?
chat: (olvida|olvídalo|olvidalo|olvídate|olvidate|borra|bórralo|olvida eso|déjalo|olvidad)( (eso|esto|lo|de eso|
  todo|de mí|lo que [^@]*|me|lo dicho|de todo|de nosotros|el tema|el asunto))?
chat: (yo |me |se me |nunca |ya |nos |se )*(olvid[eéoó]|olvidaré|olvidamos|olvidaba|olvidado|olvidaste|borré|
  borró|recuerdo|acuerdo|eliminé)( ANY)?

forget: a ONE[ ,](olvídal|bórral|elimínal|quítal|sácal|suprímel)[oa]( (OFF))*
forget: (a )?ONE,(borra|borrar|elimina|eliminar|quita|quitar|olvida|olvidar|suprime|suprimir)
untell: (FORGET)(te de|se de)? (lo de )?que (told=(a |al |el |la )?ONE REST)
forget: (FORGET)( (ABOUT|OFF))* ?(a |de |al |del )?ONE((,| y | e )(a |de )?TWO)*([ ,](OFF))*
forget: ((ya )?no (quiero|necesito|hace falta)|ya no) que (te )?(recuerdes|acuerdes|guardes|conozcas|sepas)( (a|
  de))? ONE( más)?|(FORGET) (todo )?lo que (sabes|recuerdas|tienes|te (conté|dije|he contado)) (de|sobre) ONE|
  ~ ONE (se )?(olvide|borre)|deja de acordarte de ONE
forget: (a )?ONE( ya)?( (la|lo|los|las))? (puedes|podrías|debes|tienes que|ya puedes|hay que|quiero que)( (la|
  lo))? (FORGET)( (OFF))*|(FORGET),(a )?ONE|que (olvides|borres|elimines)( (ABOUT))* ?ONE( (OFF))*|ONE (debe|
  debería|tiene que|puede) ser (olvidad|borrad|eliminad)[oa]|haz desaparecer a ONE
forget: (no|ya no|deja de|dejes de|no hace falta que|no necesitas|ya no hace falta que)( (te|ya|más|
  que))* (recuerdes|recordar|acuerdes( de)?|acordarte de|guardes|guardar|conozcas|reconocer|reconozcas|tengas)( (a|
  de|más))* ONE( (más|nunca más|ya))?(OFF)?
rename: ONE ?→ ?INTO
rename: ONE( (ahora|en realidad|realmente))* se (escribe|deletrea)( (ahora|así|realmente|en realidad))* INTO
rename: (renombra|renombrar|renombres|rebautiza|rebautizar|cambia|cambiar|cambies|cámbiale|cambiale|cambiarle|
  cambiá|actualiza|corrige)( (el|de|del|su|nombre|a|al|le))* ONE( (a|por|como|en|para|,))? INTO
rename: (cambia|cambiar|cambies|cámbiale|cambiale|cambiarle|actualiza|corrige|modifica|ponle|ponerle|pon|poner|
  pongas|dale|darle|le pongas)( (el|de|nombre|a|su|al|le))* ONE( (el|de|otro|nuevo|nombre|a|por|
  como))* INTO( (de nombre|como nombre|como nuevo nombre))?
rename: (ahora|desde ahora|a partir de (ahora|hoy)|desde hoy|de ahora en adelante|en adelante)[ ,](llama|llámale|
  llamale|llamaremos|llámalo|llamamos|dile|decimos|llamar)?( (a|le))* ?ONE( (se llama|será|es|se llamará|
  le llamamos|la llamamos|lo llamamos|le decimos))? INTO
rename: (a )?ONE( (ahora|ya|no|realmente|en realidad|desde hoy|desde ahora))* (se llama|se llamará|
  pasa a llamarse|debe llamarse|debería llamarse|le llamamos|lo llamamos|la llamamos|le decimos|le diremos|
  se va a llamar|tiene que llamarse|se apoda|va a llamarse|ahora es|llámal[oa]|dile)( (ahora|ya|en realidad|
  realmente|ONE sino))? INTO( (ahora|desde ahora|a partir de ahora|de ahora en adelante|desde hoy))?
rename: (llama|llámale|llamar|llames|dile|decimos|llamamos|llamá)( (a|le))* ONE INTO( (desde ahora|
  a partir de ahora|de ahora en adelante|ahora|desde hoy|en adelante))?
rename: (di|pon|ponle|usa|escribe|llámal[oa]|dile) INTO (en vez|en lugar) de ONE|((a partir de|desde) ahora|desde hoy|
  de ahora en adelante|en adelante),? ?(llama|dile|llámale|ponle) INTO a ONE|a ONE,? ?(ponle|dile|llámal[oa]|llámale|
  ponedle) INTO
rename: (llama|llámale|ponle|pon|dile|di|nombra|llamar|ponerle|decirle|pongas|llames)( de nombre)? INTO (a|
  como nombre a|de nombre a) ONE|(en vez|en lugar) de ONE[ ,]*(llámal[oa]|di|dile|usa|pon|ponle|escribe|es|
  se llama|llama)? ?INTO|(reemplaza|sustituye|cambia)( el nombre( de)?)?( a)? ONE (por|con|a) INTO|
  (a partir de ahora|desde ahora|desde hoy|de ahora en adelante|a partir de hoy|ahora),? ?ONE (es|se llama|será|
  se llamará|va a ser) INTO|ONE( (ahora|ya|desde hoy|desde ahora|a partir de ahora))+ (es|será|pasa a ser) INTO|
  ONE (es|será|pasa a ser|se vuelve) INTO (ahora|desde ahora|a partir de ahora|desde hoy)|
  ONE tiene (un )?nuevo nombre[ ,]*(es |se llama |ahora es )?INTO|ONE (ya )?no se llama( ONE)?( así)?[ ,]*(sino|
  ahora se llama|ahora es|se llama) INTO|(escribí|puse) mal( el nombre de)?( a)? ONE[ ,]+(es|se escribe|
  se llama) INTO|usa INTO (en vez|en lugar) de ONE|dale a ONE el nombre( de)? INTO
rename: (ahora |ya |desde hoy )?(llamamos|llamaremos|decimos|diremos|le decimos)( ahora)? INTO a ONE|
  (le )?(cambia|cambiamos|cambié|cambiar|cambiarle|cambiaron|hemos cambiado|renombra|renombrar)( (el|nombre|a|
  de))* ONE[,.?]+(ahora|ya)?( ?(se llama|es|será|le decimos|se llamará)) WHOM
rename: (~ |(quiero|quisiera|me gustaría|prefiero|necesito) )(que )?ONE (se llame|sea|pase a llamarse|
  se llamara)( ahora)? INTO
rename: el (nuevo |verdadero )?nombre (nuevo )?de ONE( (ahora|ya))? (es|será|debe ser|sería)( ahora)? INTO

merge: WHOM y INTO (SAME)
merge: WHOM es (el|la|lo) mism[oa]( (SOMEBODY))? que INTO|WHOM es igual (a|que) INTO
merge: (MERGE)( (las fotos de|los datos de|a|las entradas de|los|las))* WHOM (y|con|e|
  a) (a )?INTO( (en un[oa]( sol[oa])?( SOMEBODY)?|juntos|juntas))?
merge: WHOM (también es|en realidad es|también se llama|es también|es en realidad|es otro nombre (de|para)) (a )?ONE

undo: (deshacer|deshaz|deshace|deshazlo|deshacelo|deshágalo|deshacerlo|deshagas|revierte|reviértelo|revertir|
  revertirlo|anula|anúlalo|anular|anularlo|retrocede|undo|cancela|cancélalo|cancelar|vuelve atrás|volver atrás|
  da marcha atrás|dar marcha atrás|marcha atrás|atrás|ctrl z|recupéralo|desházmelo|devuélvelo|restáuralo|
  déjalo como estaba|rehaz)( (eso|esto|lo|último|ultimo|la|el|acción|cambio|todo|que|acabas de hacer|última|ultima|
  anterior|de antes|hiciste|hice|has hecho|por favor|un paso|cosa|paso|acción anterior))*
undo: (recupera|restaura|devuélveme|trae de vuelta|recuperar|restaurar)( a)? ONE

keep: (recuérda|recuerda|guárda|guarda|regístra|registra|memoríza|memoriza|apúnta|apunta|apréndete|aprende|anóta|
  anota|añáde|añade|agréga|agrega|recuerde|recuérde|recordar|guardar|memorizar|registrar|apuntar|recuerdes|guardes|
  aprender|añadir|graba|etiqueta|etiquéta|guardá)(lo|la|le|los|las|me|melo|mela)?( (esto|este|esta|a|eso|ese|el|la|
  lo|al|SOMEBODY|foto))* (como|con el nombre( de)?|bajo el nombre( de)?|por el nombre( de)?) WHOM
keep: (recuerda|apunta|memoriza|guarda|anota|aprende|recuerda bien)( (que|esto))?[ ,](THATS|(THAT )?se llama|
  su nombre es) WHOM
keep: (aprende|recuerda|memoriza|apréndete|guarda)( (esta|este|el|la|nuevo|nueva|a))* (SOMEBODY),WHOM
called: (llámal[oaes]|llamal[oaes]|llámal[oe]s|llámale|dile|ponle|nómbral[oa]|pon|le llamamos|la llamamos|
  lo llamamos|le decimos|la llaman|lo llaman|le dicen|todos l[aeo] llaman|l[aeo] llamo|le digo|llamarl[oae]|
  ponerle|le puse|le pusimos|bautízal[oa]|puedes llamarl[oae]|l[aeo] puedes llamar|decirle|l[ae]s? llamamos|
  l[oae] conocemos como|llámalo|llámala)( (de nombre|simplemente|siempre))? WHOM( (por favor|en casa))?
called: (HIS)( [a-z]+)? ?(nombre|apodo|mote)( de [a-z ]+)? es WHOM|(el )?nombre( es|,)? ?WHOM
called: (y )?((which=(THAT|(mi|nuestr[oa]|el|la|ese|esa|este|esta|su|tu|al|a la)( [a-z]+){1,7}?|
  número [0-9]+)) )?(se llaman?|se llama ahora|le llaman|la llaman|lo llaman|le decimos|le llamamos|la llamamos|
  lo llamamos|responde al nombre de|es llamad[oa]|le dicen|se llamaba|le pusimos|conocid[oa] como) WHOM
called: WHOM (se llama|le decimos|le llamamos|es su nombre|es (su|el) nombre)|
  ((THATS) )?(REMARKABLE )*(SOMEBODY)[,.]WHOM|(HIS) nombre( es)?[,.?]+WHOM|(recuerda|guarda|memoriza|
  aprende)( a)? (bare=[^,.?~@]{1,40}|@)
called: (te|os|les) presento( a| al)? WHOM|(saluda|conoce|di hola|dale la bienvenida) a WHOM|(quiero presentarte|
  déjame presentarte|te quiero presentar|presento)( a)? WHOM
is_not: ((NOPE)[ ,.]+){0,3}((THAT) )?no (es|era|son) ONE
is_not: ((NOPE)[ ,.]+){0,3}((STRONGLY)( que)?[ ,]*)?((THAT|(el|la|ese|esa)( (SOMEBODY))? (de|en) (PICTURE|ahí|aquí)|
  en PICTURE) )?(NOT)( (AT_ALL))? (mi |nuestr[oa] )?ONE( (AT_ALL|THAT))?|(es )?imposible que (THAT )?sea ONE|
  (cualquiera|cualquier cosa|todo) menos ONE
is_not: (pero )?(cómo|qué) (va a|puede|podría|iba a) ser( THAT)? ONE( (THAT))?|((THAT) )?no se parece en nada a ONE|
  ONE( (STRONGLY))? no es (THAT|quien sale|el de PICTURE|la de PICTURE)( (AT_ALL))?|ONE no (sale|está|aparece|se ve|
  figura) (en PICTURE|por ahí|ahí)|(en PICTURE|ahí) no (sale|está|aparece|se ve|veo a|hay ningún) ONE|nada de ONE
is_not_but: ((NOPE)[ ,.]+){0,3}((THAT) )?no es ONE[ ,.]+(sino|es|es que es|pero es|THATS|se llama|
  (HIS) nombre es)( que es)? WHOM|((THAT) )?no es ONE[ ,.](sino )?WHOM|ONE no es (THAT)[ ,.]+(sino|es|THATS) WHOM|
  ((STRONGLY)( que)? )?((THAT) )?no es ONE( (AT_ALL))?[ ,.]+(sino|es|THATS) WHOM|no ONE[ ,.]+(es |sino )?WHOM
is_not_but: (THATS) WHOM[ ,]+(y )?no (es )?ONE
is_not_but: (NOPE)([ ,.]+(NOPE)){0,3}[,.]+(sino )?(bare=[^,.?~]{1,40})|no+ (bare=[^,.?~]{1,40})
is_not_but: (NOPE)([ ,.]+(NOPE)){0,3}[ ,.]+(THATS|(THAT )?se llama|(HIS) nombre es|sino|este de aquí es) WHOM
is_not: ((NOPE)[ ,.]+){0,3}((THAT) )?no (es|era) (él|ella|ese|esa)
is_not: ((NOPE)[ ,.]+){0,3}(IS_NOT) ONE( (para nada|en absoluto|tont[oa]|aquí|hombre|de verdad))*|
  ((NOPE)[ ,.]+){0,3}ONE no es|no se parece a ONE
is: (THATS|mira es|acá tienes a|esta de aquí es|él se llama)( (SO))? WHOM
is: (?!.*\b(qué|que|cuál|cual|quién|quien|dónde|donde|cuándo|cómo)\b)(y )?(which=(el|la|ese|esa|este|esta|mi|
  nuestr[oa]|aquel|aquella|al lado)( [a-z0-9]+){1,9}?|(lo|esto|eso) (de|a|en)( la| el)? (derecha|izquierda|medio|centro|
  arriba|abajo|fondo)|(a|en|de)( [a-z]+){1,4}|número [0-9]+|detrás|delante) (es|
  son|debe ser|sería|está) WHOM

yes: (YEP)([ ,.]+(YEP)){0,3}( SO)?
yes: ((YEP)[ ,.]+){0,3}(THATS|sí que es|parece)( SO)* ONE( (SO))*|(YEP)([ ,.]+(YEP)){0,3}[ ,.]+ONE
no: (NOPE)([ ,.]+(NOPE)){0,3}

note: (NOTED)[ ,]+(told=(a |al |el |la |los |las )?((HELD) de )?ONE REST)
tell: (told=@s (HELD)( de [a-z ]+)? (es|son|fue|era|se llama|cae|está|están|empieza) REST)|(told=(el|la|los|
  las) (HELD) de ONE (es|son|fue|era|se llama|cae|está|están|empieza) REST)|(told=ONE cumple años REST)
tell: (told=ONE (es|era|está|son) (LASTING)( ANY)?)
tell: (told=(a )?ONE( y a? ?@)? (ahora )?(?!(ANY )?(olvid[oóaá][a-z]*|record[oóaá])\b)(DURABLE)( ANY)?)

last_seen: (sabes |recuerdas |dime )?(cuándo|cuando|hace cuánto|hace cuanto|desde cuándo|desde cuando|
  cuánto (tiempo )?hace|cuanto (tiempo )?hace|cuánto|cuanto|dónde|donde|qué día|a qué hora)( ANY)? (ultima|última|
  último|ultimo|ultimamente|últimamente|no ves|no has visto|que viste|que no|que)( ANY)?ONE( ANY)?
last_seen: (cuándo|cuando|hace cuánto|hace cuanto|cuánto hace)( ANY)? (a )?ONE( ANY)? (última|ultima|
  último) vez( ANY)?|(cuándo|cuando) (apareció|fue visto|fue vista|estuvo|salió|viste|has visto|vimos|se vio|
  visteis)( ANY)?ONE( ANY)?
last_seen: (has|habéis|ha|han|hemos) visto( (por ahí|últimamente))*( a)? ONE( (HERE))?( (últimamente|ultimamente|
  recientemente|hoy|ayer|esta semana|estos días|hace poco|por ahí|alguna vez|este mes|en los últimos .*))+|(viste|
  visto)( a)? ONE (últimamente|ultimamente|recientemente|hoy|ayer|esta semana|hace poco)|(la )?última (vez|
  aparición|foto)( ANY)?ONE( ANY)?

where: (?!(ANY )?(dónde|donde) (vive|nació|trabaja|estudia|viene|es)\b)
  (decir |decirme |mostrarme |indicarme |muéstrame |muestrame |enséñame |dime |sabes |puedes decirme |y |
  a ver |ves |indícame |enseñame )?,?(dónde|donde|en donde|adónde|a dónde)(?! fue la última)( ANY)? ONE( (y|
  o) (a )?TWO)?( ANY)?
where: (en|de) (qué|que|cuál) (parte|lado|lugar|sitio|esquina|zona)( ANY)? ONE( ANY)?
where: está ONE a la (izquierda|derecha)( o ANY)?|(muéstrame|enséñame|muestra)( a)? ONE HERE
where: (señálame|señala|indícame|indica|marca|muéstrame|dime)( por favor)? (dónde|en qué (lado|parte|sitio)) (está|
  sale|aparece|ves a|se ve) ONE( ANY)?
where: (busca|encuentra|búscame|buscame|localiza|señala|señálame|senala|señalame|ubica|marca|encuéntrame|halla|
  identifica|buscar|encontrar|localizar|señalar|indica|búscalo|encontrá|buscá|apunta|encuentras|rodea|
  resalta)( (en PICTURE))?( a)? ONE( y (a )?TWO)?( (HERE|por mí|para mí))*|(cuál|cual)( (de (ellos|ellas|los dos|
  las dos|estos|estas|los perros|esos)|perro|gato|de todos))? es (el |la )?ONE( HERE)?|(en qué|de qué) (lado|parte|
  lugar)( ANY)? ONE( ANY)?
show: (SHOW)( (a|al|por favor|otra vez|me))* ?((A_PHOTO)( (que tienes|guardadas?))? (de|con|del) )?(a |el |
  la )?ONE( y (a |de )?TWO)?( (otra vez|de nuevo|por favor|una vez más|ahora|aquí|más|guardadas?|por ahí))*
show: (A_PHOTO) (de|con) ONE( y (de )?TWO)?( [a-z]+){0,2}|(cómo|como) (se ve|es físicamente|luce) ONE|qué (pinta|
  aspecto) tiene ONE|(quiero|me gustaría) ver(lo|la)? a ONE
show: ~ (ver|mostrarme|enseñarme|enseñes|muestres|mandarme|enviarme|
  pasarme)( a)? ((A_PHOTO) de )?ONE( y (a )?TWO)?( ANY)?
about: (y |dime |recuérdame |recuerdame |sabes |explícame |me dices |me recuerdas |oye )?,?(quién|quien|qué|que|
  quiénes|quienes|qué cosa|quién diablos)( (es|son|era|eran|demonios|diablos|será))+ (el |
  la )?ONE( y TWO)?( (otra vez|exactamente|de nuevo|entonces|para ti|en realidad|para mí))*
about: (cuéntame|cuentame|cuenta|háblame|hablame|habla|dime|di|información|info|informacion|datos|detalles|qué|
  que|algo|todo|hay|infórmame|recuérdame|sabes|tienes|recuerdas|contarme|decirme|hablarme|dame|cuéntanos|contame|
  contar|decir|me|hablar|saber|lo|más|cuánto|explícame|resumen|notas|recuerda|describir)( ANY)? (de|sobre|
  acerca de|respecto a|del|con) ONE( y (de )?TWO)?( (sabes|tienes|recuerdas|por favor|te he contado|otra vez|
  hasta ahora|guardado))*
about: (conoces a|describe a|describeme a|descríbeme a|preséntame a|te acuerdas de|recuerdas a|describe|
  quién era|preséntanos a|cómo es|como es|sabes quién es) ONE( (aún|todavía))?|(te suena|qué hay de|que hay de|
  y qué tal) ONE|qué (sabes|recuerdas|conoces|te (conté|dije|he dicho|he contado))( ANY)? ONE

list: (dime |sabes |recuérdame |y |oye )?,?(a |de )?(quién|quien|quiénes|quienes|qué (nombres|personas|animales|
  mascotas|caras|gente|amigos|cosas)|que (nombres|personas|animales|mascotas|caras|gente)|cuáles|cuales|
  cuáles nombres)( ANY)? ?(conoces|recuerdas|reconoces|sabes|tienes|guardaste|guardados?|guardadas?|has (guardado|
  aprendido|memorizado|conocido)|te acuerdas|te sabes|aprendiste|hay en tu (memoria|lista)|están? en tu (memoria|
  lista)|memoria|registrad[oa]s?|podrías reconocer|puedes reconocer|identificas|aprendido)(?! (a )?(est|
  es)[aeo]s?)( (a todos|ya|hasta ahora|en memoria|en tu memoria|guardados?|en total|por ahora|hasta el momento|
  por aquí|de memoria|en la memoria|en tu lista|de nosotros|del grupo|aquí|tú|actualmente))*
list: (lista|listar|enumera|enumerar|enuméra|muestra|muéstrame|muestrame|enséñame|enseñame|dime|nombra|di|dame|
  lístame|listame|escribe|recita|mostrarme|enseñarme|decirme|nómbrame|dime tú)( (a|la|una|lista|de|los|el|
  listado))* ?(EVERYONE)( ANY)?|(todos )?los nombres|(dame|muéstrame|muestra|enséñame|quiero ver|ver|pásame|tienes|
  léeme|cuál es|mostrar|enseña|abre|me das|me enseñas)?( ?(la|tu|una|mi|el|toda la|a ver la))* ?(lista|
  listado)( (de|todos|los|nombres|personas|conocidos|gente|que|conoces|tienes|completa|mascotas|entera|quienes|
  por favor|a|recuerdas|todo|las|el|mundo))*
list: (a )?cuánt[oa]s [a-z]+ (conoces|recuerdas|te sabes)( tú| en total| ya| hasta ahora)*
list: (quién|quien|quiénes|quienes|qué|que) (está|esta|están|estan|hay) (guardad[oa]s?|en tu (memoria|lista|cabeza)|
  en la (memoria|lista)|
  registrad[oa]s?|memorizad[oa]s?)( ANY)?|conocidos|nombres

present: ((mira|fíjate|comprueba|revisa|dime|sabes|puedes ver|ves|checa|verifica|comprobar|mirar|decirme|revisar|
  ver|me dices|a ver)( en PICTURE)? )si ((ves|está|esta|sale|aparece|es|están|salen|se ve|hay)( a)? )?ONE(( y | o |
  ,)(a )?TWO)?( (está|esta|están|sale|aparece|es))?( (HERE))*
present: (es|son|está|esta|estan|están|sale|salen|aparece|aparecen|acaso es|se ve|será|era|se encuentra|hay|
  se ven)( (acaso|también|por casualidad|quizás|a|el|la|ahí|aquí|ese|esa|este|esta|eso|esto|él|ella|no|
  [a-z]+ de (atrás|al lado|la izquierda|la derecha|detrás|allí)))* ONE(( y | o |,)(a )?TWO)*( (HERE))*
present: ((ves|reconoces|encuentras|detectas|distingues|puedes ver|logras ver|identificas|has encontrado|divisas|
  ver|reconocer|encontrar)( (aquí|ahí|también|por ahí|en PICTURE))? )(a )?ONE(( y | o |,)(a )?TWO)?( HERE)*|
  ((THAT)|(which=(el|la|ese|esa|este|esta)( [a-z]+){1,4})) (no )?es ONE( (no|verdad|cierto|o no))|ONE (está|esta|
  sale|aparece)( HERE)+|ONE( y TWO)? (HERE)

count: (dime |y |sabes |cuenta |oye )?,?(cuánt[oa]s|cuant[oa]s|cuenta(me)?|contar|cuéntame|el número de|
  número de|cuál es el número de|cantidad de|cuentes|me cuentas|contame)( (los|las|a los|a las|cuántos|cuántas|
  cuantos|cuantas|diferentes|el número de|todos los|todas las))* (what=[a-z]+?( [a-z]+?)??)( (hay|son|están|estan|
  ves|en|HERE|puedes|aparecen|salen|se ven|tenemos|podés|sale|se|reconoces|cuentas|tiene|distingues|encuentras|
  que)\b.*)?

who: (sabes|me dices|puedes decirme|dime|adivina|sabes decirme|tienes idea de|alguna idea de|me puedes decir|
  reconoces|recuerdas|ves|decirme|ni idea de|conoces|identificas|tienes idea)?[ ,]*(a |de |y |con )?(quién|quien|
  quiénes|quienes|qué|que|cuál)( (es|son|está|están|estan|hay|ves|sale|salen|aparece|aparecen|será|se ve|más|
  reconoces|puede ser|podría ser|tenemos|era|esta|puedes ver|conoces|identificas|tienes|todos|se ven|podés ver|
  crees que (es|son)|te parece que es|ser))+( (él|ella|THAT|HERE|(el|la|los|las|ese|esa|este|esta|estos|estas|esos|
  esas)( [a-z]+){1,3}|(SOMEBODY)|en PICTURE|ellos|entonces))*
who: ((lo|la|los|las|le|les|me|a este|a esta|a estos|a ese|a esa)? ?(conoces|reconoces|identificas|ves|has visto|
  puedes reconocer|puedes identificar|distingues|reconocer|identificar|recuerdas|te suenan?|encuentras))( (a|lo|la|
  los|las|al|acaso))*( (alguien|alguno|alguna|él|ella|ellos|ellas|este|esta|estos|estas|ese|esa|esos|esas|todos|
  (est[aeo]|es[aeo]|el|la|l)( (SOMEBODY|cara|persona))|perro|gato|quién es|gente|persona|personas|cara|caras|
  conocid[oa]))*( (HERE|conocid[oa]|familiar|de PICTURE))*
who: (hay|está|esta|es|sale|aparece)( (HERE|por ahí))? (alguien|algún conocido|gente)( ANY)?|(identifica|
  reconoce|nombra|identifícalos|identifícal[oa])( (a|al|la|los|est[aeo]s?|es[aeo]s?|SOMEBODY|todos|HERE))*|
  te suena( (est[ae]|es[ae]|alguien|(la|esta) cara|de algo|HERE))*|cómo se llama(n)? ((THAT)|él|ella|(el|la|este|
  esta|ese|esa)( [a-z]+){1,3})|cuál es su nombre|alguien conocido( HERE)?

help: ((necesito|quiero|dame|muestra|muéstrame|abre|enséñame|ver|me das|quisiera|busco) )?(la |el |un poco de |
  algo de |tu |una |mostrar )*(ayuda|manual|instrucciones|comandos|menú|opciones|guía|tutorial)( (por favor|
  con esto|aquí|rapport))*|ayúdame( ANY)?|ayudame( ANY)?|~ (ayudarme|ayudar|echarme una mano)( ANY)?|
  me ayudas( ANY)?|auxilio|socorro|échame una mano
help: (qué|que|cuáles|para qué|a qué|en qué)( (cosas|comandos|más|todo|es lo que|son|tipo de cosas))*( (puedes|
  sabes|haces|puedo|podés|debo|eres|sirves|hacés|te puedo|se puede|me puedes|podrías|ofreces|tengo que|tus|dedicas|
  te|funciones|comandos|sirve|ayudas|ayudar|me|es|capaz de))+( (hacer|preguntar|preguntarte|decir|decirte|pedir|
  pedirte|ayudar|ayudarme|escribir|contar|por mí|tú|con esto|aquí|contigo|esto|este bot|bot|rapport|hablar|
  comandos|tienes|hay|escribirte|todo))*|(quién|quien|qué|que) (eres|sois)( tú| tu)?|qué es (esto|rapport|este bot)
help: (cómo|como|me explicas cómo|explícame cómo|explicame como|explicar como|explicarme cómo|enséñame cómo|
  explícame|dime cómo|no sé cómo|explicarme como)( (funciona|funcionas|va|se usa|uso|te uso|se utiliza|usar|usarte|
  utilizo|empiezo|empezar|puedo|se|hago|se maneja|trabaja|opera|te utilizo|te enseño|enseño|debo|hacer|hay|que|
  tengo|funciono|hablo|te|hablar))+( (esto|este|esta|bot|eso|todo|contigo|aquí|app|cosa|exactamente|rapport|el|con|
  un nombre|usarte|usar|empezar|te|algo|a alguien|la|usarlo|utilizarlo|enseñarte|hablarte))*|soy nuev[oa]( (aquí|
  por aquí|en esto))?( ANY)?|no (entiendo|sé qué hacer)( ANY)?|explícate|explícame (esto|todo)|~ (me )?(explicar|
  explicarme)( ANY)?|me puedes explicar( ANY)?|háblame de ti

thanks: ((genial|vale|ok|okay|qué bien|que bien|perfecto|estupendo|oh|ay|muy bien|bien|guay|excelente|wow|ah|
  súper|super|buenísimo|qué bueno)[ ,.]+)*((muchas|mil|muchísimas|un millón de|tantas|infinitas|
  millones de) )?(gracias|graciass+|te lo agradezco|se agradece|lo agradezco|agradecid[oa]|muy agradecid[oa]|
  te agradezco|muy amable|qué amable|grax|thanks|merci|buen (trabajo|bot)|bien hecho|eres (un sol|genial|el mejor|
  la mejor|un amor|lo máximo|un crack|un cielo))([ ,.]+(por todo|bot|amigo|amiga|rapport|a ti|por .*|eres .*|
  de verdad|mucho|muchas|muchísimo|de nuevo|otra vez|de corazón|muy amable|qué .*|me .*|guapo|guapa|igualmente|tío|
  crack|te .*|genial|perfecto|de todo corazón|colega|a todos|hermano|jefe|gracias))*
greet: (HELLO)([ ,.]+(HELLO|bot|rapport|a todos|a todas|amigo|amiga|amigos|de nuevo|otra vez|qué tal|cómo estás|
  como estas|cómo va|cómo te va|cómo andas|qué haces|todo bien|soy yo|gente|chicos|familia|a ti|mi amigo|tod[oa]s|
  compañer[oa]|guap[oa]|estás|está|hoy|muy))*|cómo (estás|te va|andas|va todo|va)( hoy)?|como (estas|te va|
  andas)( hoy)?|qué tal( (todo|estás|va|te va|hoy|andas))*|todo bien|(mucho gusto|encantad[oa])( de conocerte)?|
  cuánto tiempo

chat: (qué|que) (opinas|piensas|crees)|quién sabe( ANY)?|qué (debo|puedo|hago|debería|hacemos|tengo que) ANY|
  vaya (un|una)? ?REST
chat: (por qué|porque|cuándo|cuando|cómo|como|qué|que|desde cuándo) (preguntas|quieres|has|haces|dices|olvidaste|
  borraste|lo|te|eres|estás|vives|sientes|opinas|quieres decir|tal)( ANY)?|(olvidaste|has olvidado|borraste|
  te has olvidado|te olvidaste|recuerdas) (a|de) @( ANY)?|quién (ANY)(olvida|recuerda|hizo|creó|programó)( ANY)?|
  por qué( no)?
beyond: (qué|que|cómo|como|cuál|cual|quién|quien|de quién|por qué|dónde|donde|cuándo|cuando|cuánt[oa]s?|de qué|
  a qué|con qué|en qué|a quién|para qué)( REST)?
beyond: (es|está|esta|están|estan|son|tiene|tienen|lleva|parece|hay|hace|llueve|nieva|puede|puedes|duerme|come|
  juega|sonríe|ríe|corre|mira|se ve|se|le|les|era|va|crees|ves|sabe|quiere)( REST)?\?
beyond: (describe|describeme|descríbeme|explica|explícame|lee|léeme|traduce|resume)( REST)?|(dime|cuéntame) (qué|
  que|cómo|por qué|si) REST|(sabes|dime|recuerdas|me dices) (de )?(dónde|donde) .*@.*|(de dónde|de donde) REST|
  ~ (describir|describirme|leer|leerme|explicar|traducir|decirme) REST|qué ves
"""
