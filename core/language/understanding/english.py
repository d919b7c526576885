"""English: its words and rules."""

ENGLISH = r"""
BEFORE = (HELLO|CALLED_BOT)( (there|again|CALLED_BOT|everyone))*[ ,.]+|(so|well|ok|okay|oh|ah|um|uh|hm+|yo|
  please|now|and|also|then|but|actually|wow|alright|right|look|listen|sorry|oops|ups|anyway|btw|by the way|fyi|
  i think|i guess|i believe|maybe|perhaps|you know|i mean|tbh|aww|aw|lol|haha)[ ,.]+
CALLED_BOT = bot|rapport|robot|buddy|mate|friend|dude|computer|assistant|my friend
AFTER = [ ,.]+(please|pls|plz|thanks|thank you|thx|ty|thanks a lot|thank you so much|ok|okay|right|lol|haha|hehe|
  xd|btw|by the way|will you|would you|could you|can you|CALLED_BOT|if you can|if possible|when you can|for me|
  dear|sorry|actually|though|yeah|you know|i think|i guess|man|cheers|kay|k|mate|would be nice)
WITHIN = \b(please|pls|plz|plss|kindly|just|really|actually|simply|quickly|right away|straight away|immediately|maybe|
  kinda|literally|honestly)\b
ASKING = (could|can|may) i ask (you|u) to |(is there )?any chance (you|u) (could|can|would) |(is it|
  would it be) possible (for you )?to |(could|can|may) (you|we|i) have you |help me (to )?|start |(would|do) (you|
  u) mind (please )?|((hey|so) )?(can|could|would|will|may|might)( u| you| ya)( be so kind as to| be so kind and|
   maybe| possibly)? |(it would be (nice|great|good)|id (prefer|appreciate it|be glad|be happy|like it|
  be grateful)|would it be possible) if you( (could|would))? |(id|i would) prefer it if you |(i (really )?want|
  i need|id like|i would like|i d like|i wish|id love|id love for|i expect|ill need)( for)? (you|u) to |(would|
  do) you mind |could you be so kind (as to|and) |(you|u) (can|should|may|must|have to|need to|could|better) |
  (i want|i need|id like|i would like|i wanna|i d like|im asking you|its time|time|lets|let us|let me|i have|
  id love) (to )?|(go ahead and|feel free to|be so kind and|try to|its ok to|its okay to|you are allowed to|
  be a dear and)[ ]
TALKING = \b(should|shall|must) (i|we)\b|\bhow (do|can|could|would|should|to|does one) (i|we|you|one)?\b|\b(if|
  unless|when|before|until|while)\b|\bwhat (if|happens|would|will)\b|\b(said|says|say|saying|told|tells|asked|asks|
  wrote|writes|sings|song|movie|film|book|lyrics|quote|called it|he goes|she goes|was like|dream|dreamt|dreamed|
  joked)\b|\b(who|nobody|everyone|everybody) (remembers?|forgets?|forgot)\b|\b(do|dont) you remember (when|how|our|
  that|the)\b|\bremember (when|how)\b
OF_NAME = ((do you know|do you remember|tell me|i wonder|any idea) )?(how|what|whats|when|whens|why|which|wheres?|
  does|is|has|can|was|did) .*@.*
SHE = \b(she|he|her|him)\b
HERS = \b(her|his)\b(?= [a-z])

YEP = yes+|ye+s+|yeah*|yea+h*|ya|yep+|yup+|yess+|aye|ja|sure|correct|exactly|precisely|right|true|indeed|
  absolutely|definitely|certainly|of course|totally|obviously|positive|affirmative|ok|okay|bingo|spot on|uh huh|
  mhm+|y|you bet|for sure|100|100 percent|no doubt|without a doubt|yes sir|damn right|100 sure|(THAT|it sure) (is|
  sure is|are)( SO)?|sure is|(THATS) (him|her|it|the one|them|right|correct|true|my boy|my girl)( SO)?|you(re|
   are)( SO)? (right|correct)|you got (it|him|her)( right)?|got it|nailed it|looks like it|i think so|
  i do think so|thats (the|my) (one|guy|boy|girl|dog|cat)|him indeed|her indeed|good (guess|eye|job|catch)|
  well done|well spotted|(that|it|he|she|this) is
SO = definitely|certainly|exactly|absolutely|sure|totally|indeed|alright|for sure|of course|so|quite|obviously|
  clearly
STRONGLY = definitely|most definitely|certainly|most certainly|clearly|plainly|obviously|evidently|absolutely|surely|
  really|so|totally|completely|100 percent|for sure|sure as hell|of course|quite clearly|very clearly|sadly|
  unfortunately|actually
NOT = (not|never)( (at all|even|remotely|even remotely|even close to|in the least|in any way|really|our|my))?|
  by no means|in no way|anything but|anyone but|anybody but|everyone but
ELSE = some ?(body|one) (else|(completely |totally |entirely )?different)( (entirely|completely|altogether|again))?
OTHER_ONE = ELSE|(a |an )?((completely |totally |entirely )?different|another)( (SOMEBODY))?( entirely| altogether|
   completely)?
NOBODY = OTHER_ONE|(just )?like .*|((some|any|every) ?(body|one)|nobody|no one|noone|none|whoever)( .*)?|(a |
  the )?(total |complete )?stranger
DENIES = \b(not|never|isnt|arent|aint|wasnt|cant|cannot|couldnt|no|nobody|by no means|how|why|doesnt|wont)\b
NOPE = ELSE|(THATS)( SO)? (OTHER_ONE)|(completely|totally|entirely|absolutely|way|so|dead) (wrong|off|mistaken)|
  (THATS) not me|not (in the least|by a long shot|remotely|a chance|in a million years)|(isnt|aint|wasnt|cant be|
  is not) (him|her|it|the one|my dog|my cat)|((THAT) )?(doesnt|does not|dont) (even )?look (anything )?like (him|her|
  it)( at all)?|no+|nope+|nah+|naw|na|nay|negative|not (at all|quite|really|him|her|it|this time|even close|that one|
  the one)|never|no way|wrong|incorrect|false|sadly not|afraid not|im afraid not|(im |i am )?afraid (thats|its|
  that is|it is) not( (him|her|it|right|correct))?|unfortunately not|nuh uh|no sir|absolutely not|definitely not|
  of course not|certainly not|not even close|sorry|no sorry|not correct|not right|not true|far from it|close but no|
  (THAT) (isnt|is not|aint|is so not|wasnt)( SO)?( (him|her|it|the one|right|correct|true|my dog|my cat))?|
  (THATS)( SO)? (not|never)( (him|her|it|the one|right|correct|true|quite right|my dog|my cat))?|(THATS)( SO)? (wrong|
  incorrect|false|someone else|somebody else|(a )?different (dog|cat|one|person)|another (dog|cat|one|person))|
  wrong (dog|cat|one|person|guy|guess|name|animal|kid|girl|boy|mug|thing)|you(re| are)( SO)? (wrong|mistaken|
  incorrect)|(you )?got (it|that|him|her) wrong|i dont think so|dont think so|bad guess|guess again|try again|
  someone else|somebody else|youre mistaken|thats a mistake|not my (dog|cat)|mistake|n|close|not the one|
  thats not (him|her|it|the one|my dog|my cat)|he is not|she is not
THAT = this|that|it|he|she|this one|that one|these|those|they|dat|dis|this here|the one here
THATS = thatd be|that d be|(THAT) (is|are|was|would be|must be|has to be|should be|will be|s|really is)|
  this here is|tha?ts|thats|dats|its|hes|shes|theyre|thisis|this s|tis|thiss
IS_NOT = (THAT) (isnt|aint|is not|is so not|was not|wasnt|cant be|cannot be|arent|are not|could not be)|
  (THATS)( SO)? (not|never)|not|definitely not|certainly not|i dont think (THATS)|(THAT) doesnt look like|
  no way (thats|its)|never|that aint|clearly not
HIM = him|her|it|them|this|that|this one|that one|these|those|this (SOMEBODY)|that (SOMEBODY)|(the|
  that) (SOMEBODY) on the (left|right)
HIS = his|her|its|their|the|(my|our|this|that|the) (SOMEBODY)s
SOMEBODY = (REMARKABLE )*(dog|doggo|doggy|pup|puppy|cat|kitty|kitten|pet|animal|bird|horse|pony|rabbit|bunny|
  hamster|parrot|budgie|cow|sheep|goat|turtle|tortoise|fish|guinea pig|person|people|man|woman|guy|girl|boy|kid|
  child|lady|gentleman|baby|dude|friend|best friend|buddy|mate|colleague|coworker|boss|neighbour|neighbor|teacher|
  roommate|flatmate|husband|wife|partner|boyfriend|girlfriend|brother|sister|bro|sis|son|daughter|mum|mom|mother|
  dad|father|grandma|grandpa|granny|grandmother|grandfather|aunt|auntie|uncle|cousin|nephew|niece|mug|cup|
  bike|bicycle|car|van|truck|guitar|plant|cactus|toy|doll|teddy|teddy bear|bear|one|thing|face|photo|picture|robot|
  vacuum|boat|scooter|lamp|chair|fella|fellow|puppy dog|creature|shiba|labrador|lab|poodle|corgi|husky|beagle|
  tabby|shiba inu|golden retriever|german shepherd|dachshund|terrier|collie|pug)
REMARKABLE = my|our|his|her|their|the|a|an|your|little|big|small|tiny|old|new|other|second|first|third|lovely|
  sweet|cute|dear|older|younger|elder|eldest|youngest|best|good|black|white|brown|grey|gray|red|blue|green|yellow|
  orange|golden|late|great|beautiful|twin|half|step|grumpy|fluffy|stray|rescue|favou?rite|oldest|very|own|beloved|
  two|three|handsome|young|tall|(sister|brother|mother|father|friend|neighbou?r|aunt|uncle|mum|mom|dad|grandma|
  grandpa|cousin|daughter|son|wife|husband|girlfriend|boyfriend|boss|colleague|teacher|parent|grandmother|
  grandfather|roommate|flatmate|friend)s
LEAD = (any|some|no|another|REMARKABLE|SOMEBODY|also|still|actually|probably|named|called|clearly|obviously|
  definitely|just|really|none other than|good old) +
INTRODUCES = SOMEBODY|my|our|his|her|their|named|called|none other than
ARTICLES = the
INDEFINITE = a|an|another|some|any|no|just
NAMED = named|called
ENDINGS = .*(ing|ed|ous|ful|able|ible|ly|est|ness|tion|ish|less)
TRAIL = ( (here|there|btw|by the way|too|then|now|actually|right|obviously|again|please|as well|indeed|again|
  though|from now on|instead|lol|haha|sir|of course|i think|everyone|everybody|folks|remember (him|her|it) too|ok|
  okay|alright|please remember|and .*|from .*|with .*|on (the|my) .*|in (the|my) .*|at .*|who .*|but .*|because .*|
  by .*|next to .*|sitting .*|the .*|my .*|our .*|when .*|wearing .*|as a .*|since .*|for .*|he .*|she .*|its .*|
  hes .*|shes .*|isnt .*))+
TRAIL_END = (TRAIL)$
AFTER_END = (AFTER)$
PASSING = ^(?!@ (now )?(lives?|works?|weighs?|studies|owns?|loves?|likes?|hates?|fears?|prefers?|knows|speaks|belongs|
  wears|suffers|takes|needs|goes to)\b).*\bnow\b|\b(right now|today|tonight|tomorrow|yesterday|at the moment|
  currently|just|again|soon|later|
  this (morning|afternoon|evening|week|weekend|time)|last night|next (week|weekend|month)|coming|going)\b(?! (old|
  years))
TITLES = mr|mrs|ms|miss|dr|sir|lady|lord|captain|uncle|aunt|auntie|aunty|grandma|grandpa|granny|professor|prof|
  king|queen|prince|princess|saint|st|don|doctor|baby|general|major|count|duke|madame|master|father|sister|brother|
  cousin|nana
COMMON = somebody|else|a|an|the|this|that|it|he|she|they|we|you|i|me|my|mine|your|yours|our|ours|his|her|hers|its|
  their|so|
  such|very|too|really|quite|pretty|rather|not|no|yes|just|only|also|even|still|already|again|always|never|often|
  now|then|here|there|today|tomorrow|yesterday|tonight|later|soon|everything|nothing|something|anything|everyone|
  someone|anyone|nobody|everybody|all|some|any|many|much|more|most|less|few|both|either|neither|what|who|whom|
  whose|which|where|when|why|how|if|because|and|or|but|of|in|on|at|to|from|for|with|without|by|about|like|as|into|
  over|under|up|down|off|out|near|before|after|is|are|was|were|be|been|being|am|do|does|did|have|has|had|can|could|
  will|would|shall|should|may|might|must|got|get|go|good|great|nice|cool|fine|bad|awful|terrible|amazing|awesome|
  wonderful|lovely|beautiful|cute|adorable|sweet|funny|hilarious|silly|stupid|crazy|weird|strange|odd|sad|happy|
  angry|tired|hungry|sick|ill|late|early|new|old|young|big|small|little|huge|tiny|long|short|tall|hot|cold|warm|
  cool|wet|dry|raining|snowing|sunny|cloudy|windy|dark|light|bright|loud|quiet|fast|slow|easy|hard|difficult|
  simple|possible|impossible|true|false|wrong|right|correct|sure|certain|clear|obvious|ok|okay|alright|perfect|
  excellent|fantastic|incredible|unbelievable|brilliant|gorgeous|pretty|ugly|disgusting|horrible|ridiculous|absurd|
  interesting|boring|exciting|scary|annoying|embarrassing|important|serious|dangerous|safe|free|busy|ready|done|
  over|finished|complete|full|empty|enough|fun|love|life|time|day|night|morning|evening|monday|tuesday|wednesday|
  thursday|friday|saturday|sunday|january|february|march|april|june|july|august|september|october|november|
  december|christmas|easter|summer|winter|spring|autumn|fall|work|home|school|food|dinner|lunch|breakfast|coffee|
  tea|water|music|art|magic|heaven|hell|god|shit|crap|bullshit|nonsense|garbage|rubbish|fake|real|legit|hello|hi|
  hey|bye|goodbye|thanks|thank|please|sorry|wait|stop|help|maybe|perhaps|probably|whatever|anyway|lol|haha|hahaha|
  wow|omg|yay|hmm|hm|oh|ah|well|let|lets|think|know|see|look|guess|mean|said|says|want|need|forget|forgot|remember|
  call|name|one|two|three|ones|thing|things|stuff|way|idea|question|answer|problem|mistake|joke|shame|pity|
  surprise|secret|story|lie|fact|truth|news|point|matter|deal|case|same|different|other|another|first|last|next|
  best|worst|better|worse|favorite|favourite|mine|decided|dunno|idk|dont|cant|isnt|im|ive|ill|id|youre|yet|ever|
  undo|delete|remove|complicated|private|personal|none|huh|kidding|second|minute|moment|sec|sign|photo|picture|pic|
  image|camera|phone|weather|today|rain|snow|sun|dog|cat|dogs|cats|puppy|kitten|man|woman|person|people|friend|
  girl|boy|baby|kid|unclear|unknown|unsure|irrelevant|classified|pending|tbd|later|sweet|bored|lost|gone|dead|
  alive|broken|blurry|upside|sharp|relatable|iconic|priceless|goals|precious|insane|wild|epic|lit|dope|sick|rad|
  neat|super|lame|gross|creepy|spooky|yours|theirs|whose|stunning|photoshopped|cropped|edited|them|him|us|nope|nah|
  yeah|yep|yup|sup|cancel|hold|dunno|idk|oops|ups|typo|brb|wtf|lmao|rofl|meh|nvm|neither|same|nope|hmmm|hmmmm|ahh|
  uh|um|er|erm|whoops|milk|book|dog|stray|random|beauty|cutie|business|beach|park|vacation|holiday|birthday|party|
  wedding|italy|spain|called|named|asap|fyi|sec|hang|on|gimme|lemme|checking|thinking|deciding|nevermind|nvmd|
  ditto|likewise|agreed|deal|done|cheers|thx|ok|okey|k|kk|obviously|exactly|family|house|car|garden|street|city|
  office|weekend|week|year|month|hour|spot|level|vibe|mood|look|face|smile|eyes|hair|hat|shirt|dress|goofy|derpy|
  chonky|smol|floof|majestic|regal|elegant|derp|chaos|chaotic|karma|fate|luck|dope|based|cringe|sus|valid|facts|
  word|thats|its|hes|shes|whats|whos|theres|heres|wasnt|doesnt|wont|havent|hasnt|shouldnt|couldnt|wouldnt|blurred|
  sideways|rotated|backwards|okayish|alright|mid|skip|spot|pass|guess|ask|unknown|unnamed|homeless|adopted|rescued|
  us|ours|everybodys|wifes|from|taken|lake|mountain|forest|river|ocean|sea|hike|trip|walk|run|game|movie|show|
  concert|graduation|thanksgiving|halloween|newborn|grown|asleep|awake|congrats|spirit|midnight|noon|way|happiness|
  peace|freedom|goal|wait|end|start|beginning|top|bottom|classic|vintage|retro|gold|silver|paradise|madness|drama|
  comedy|tragedy|history|science|news|advent|tradition|routine
NEVER = i|rome|tokyo|lisbon|prague|amsterdam|japan|portugal|greece|munich|
  hamburg|barcelona|madrid|budapest|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|
  june|july|august|
  september|october|november|december|christmas|easter|english|german|spanish|chinese|french|instagram|facebook|
  photoshop|google|ok|god|wow|lol|omg|great|nice|cool|perfect|beautiful|amazing|what|who|where|when|why|how|yes|no|
  not|it|this|that|thanks|hello|hi|hey|sorry|wait|help|maybe|awesome|lovely|cute|wonderful|italy|spain|germany|
  france|london|paris|berlin|halloween|haha|sure|hmm|undo|delete|forget|remember|stop|please|the|a|an|my|your|his|
  her|is|are|i|let|good|so|she|he|they|we|you|there|here|whatever|oh|nothing|nobody|somebody|someone|anybody|
  anyone|none|nope|nah|yeah|yep|yup|cancel|hold|hm|ah|ah|dunno|idk|same|neither|both|another|guess|never|later|
  tomorrow|today|yesterday|correct|wrong|right|exactly|because|if|and|or|but|forgot|call|name|show|list|undo|good|
  photo|picture|skip|guess|ask|pass|unknown|taken|best|love|sweet|awww|aww|omg|lmao|lake|us|look|see|check|hang|
  give|one|two|three|sometimes|usually|actually|honestly|really|well|ok|okay|bye|goodbye|thank|cheers|congrats|
  congratulations|merry|birthday|congrats
LOOKS = \b(show|see|look|PHOTO)\b
PETS = snow|rain|sun|sunny|cloud|cloudy|misty|stormy|moon|coffee|tea|milk|magic|music|star|lucky|luck|happy|
  honey|sweetie|summer|winter|spring|autumn|april|may|june|july|august|january|christmas|easter|friday|gold|
  silver|bear|love|beauty|cutie|precious|karma|spirit|midnight|freedom|paradise|hope|faith|joy|grace|peace|goal|
  moment|sky|ocean|river|forest|lake|mountain|baby|kitten|puppy|kitty|vintage|classic|chaos|drama|bright|tiny|
  shadow|spot|angel|legend|luna|fate|smol|dope|majestic|regal|breakfast|dinner|lunch|pepper|fun|heaven|night|
  history|comedy|silly|goofy
EVERYDAY = cookie|biscuit|muffin|cupcake|pancake|waffle|brownie|toast|bread|butter|cheese|honey|sugar|salt|
  pepper|ginger|cinnamon|vanilla|chocolate|candy|caramel|toffee|fudge|pudding|pie|noodle|noodles|pasta|rice|
  bean|beans|peanut|walnut|hazelnut|coconut|pumpkin|potato|tomato|cherry|peach|plum|mango|berry|strawberry|
  blueberry|olive|pickle|bacon|sausage|ham|egg|eggs|soup|beer|wine|whisky|snowball|snowflake|storm|thunder|
  lightning|fire|ash|smoke|stone|rock|sand|shell|pearl|diamond|ruby|star|moon|sky|cloud|leaf|tree|rose|daisy|
  lily|poppy|clover|ivy|fern|moss|fox|wolf|tiger|lion|panda|monkey|mouse|rat|duck|goose|swan|owl|eagle|frog|bee|
  spider|shadow|button|buttons|ribbon|sock|socks|boots|boot|shoe|shoes|glove|blanket|pillow|box|bag|key|keys|
  money|wallet|ticket|bill|bills|rent|meeting|meetings|appointment|homework|password|passwords|groceries|
  laundry|keyboard|screen|window|door|wall|floor|table|chair|clock|watch|lamp|pencil|pen|paper|letter|card|ball|
  stick|bone|rocket|truck|train|bus|ship|anchor|compass|pirate|captain|prince|princess|queen|king|duke|angel|
  ghost|wizard|fairy|dragon|monster|hero|legend|lucky|happy|sunny
LEFT = left|leftmost
RIGHT = right|rightmost
MIDDLE = middle|center|centre
TOP = top|above|upper
BOTTOM = bottom|below|lower
OTHER = other|another|second one
NUMBERED = (number|no|nr|dog|cat|person|one) ([0-9])\b
KINDS = doggo dog|doggy dog|pup dog|puppy dog|puppies dog|kitty cat|kitten cat|kittens cat|guy person|
  lady person|man person|woman person|girl person|boy person|kid person|child person|men person|women person|
  girls person|boys person|kids person|children person|humans person|human person|folks person|ladies person|
  guys person|bike bicycle|mug cup|mugs cup|teddy teddy bear|phone cell phone|phones cell phone|sofa couch|
  telly TV|bikes bicycle|faces person|adults person|babies person|baby person|fella person|gentleman person|
  bunny rabbit|pony horse|friend person

SPELLED = u you|ur your|r are|ppl people|plz please|pls please|pleas please|wanna want to|gimme give me|
  lemme let me|fogret forget|forgt forget|forgett forget|delet delete|delte delete|deleet delete|remeber remember|
  rember remember|remmber remember|recognise recognize|wich which|whose whose|anyones anyone|becuase because|
  cuz because|coz because|cause because|bc because|dat that|dis this|pix pics|hw how|wht what|wat what|wot what|
  teh the|yr your|im im|cld could|wld would|shld should|btw btw|thru through|w with
CLOSING = ( (from now on|now|please|instead|ok|okay|thanks|then|from today|these days|for me|again|too|
  in the future|permanently|right|from here on|alright))+$
HELLO = hello+|hi+|hey+|hiya|heya|yo|howdy|hallo|hullo|greetings|good (morning|evening|day|afternoon)|morning|
  evening|gday|g day|good to see you|hi hi|welcome back|ello|oi
FORGOTTEN = forgotten|deleted|removed|erased|wiped|dropped|cleared|purged
FORGET = forget|delete|remove|erase|wipe|drop|unlearn|purge|scrap|discard|get rid of|clear|unremember|throw out|
  throw away|rm|forgeting|forgetting|deleting|removing|erasing|wiping|getting rid of|dump|strike|kick out|eliminate
ABOUT = (about|who|all|everything|everyone|anything|every|the|stuff|that|you know|you knew|you have|of|memory|
  your|memories|photos|pictures|pics|data|information|info|trace|traces|called|named|on|i told you|ive told you|
  entry|for|name|details|whatever|my|our|related to|concerning|from memory|your memory of)
OWN = (?>(?>SOMEBODY|REMARKABLE) )+(?=@)
OFF = completely|entirely|forever|for good|again|(from|off|out of) (your|the|this|my) (memory|list|mind|brain|
  chat|database|album|system)|from (memory|here|everything)|now|altogether|is|was|looks like|right now|immediately|
  permanently|too|as well|anymore|any more|any longer|then|stuff|photos|pictures|data|entry|info|information|
  memory|too|once and for all|asap|and everything.*
PHOTO = photo|photos|pic|pics|picture|pictures|image|images|snap|snaps|snapshot|snapshots|shots|shot|album|
  selfies?|portraits?
A_PHOTO = ((the|a|an|any|some|your|my|our|all|every|another|more|that|those|these|few|saved|stored|latest|recent|
  last|first|best|nice) |(one|all) of (the|your) )*(PHOTO)
SHOW = (show|send|give|get|find|pull|bring|display|open|fetch)( me| us)?( up)?|see|look at|have a look at|(let|
  lets)( me| us)? (see|look at)|(can|could|may) (i|we) (please )?(see|look at|get|have|have a look at|
  take a look at)|do (you|u) have|have (you|u) got|you got|got|(i|we) (want|would like|d like|wanna|
  need) (to )?(see|look at|have)|id like to see|id love to see|what does|are there|take a look at
EVERYONE = everyone|everybody|all of them|them all|all( the| of the| my| our)?( known)? (names|people|pets|
  animals|faces|ones|things|friends|concepts)|every (name|one|person|pet|body)|all (you|u) know|
  everything you know|whoever you know|all|people|names|pets
PICTURE = ((the|this|that|my|a|your|our|any of the|these|those) )?(photo|picture|pic|image|shot|snap|snapshot|
  one|photos|pictures|pics)
HERE = (also |somewhere |anywhere |both |all |too |maybe |even )*(here|there|in here|in there|(in|on) PICTURE|
  around|visible|present|shown|pictured|in the (back|background|front|foreground|middle|corner|center)|(on|at|
  to) the (left|right|top|bottom|back|side|front)|(in|on) it|(in|on) (this|that)|anywhere|somewhere|too|also|both|
  as well|again|now|right now|(next to|behind|beside|with|near|under|in front of) [a-z ]+|at all|hiding|or not)
SAME = (are|is|r|s)( both| all)?( SO)? (((one and )?the (very )?same|one and the same|identical|one)( (SOMEBODY|
  dog|animal|being|object|item))?|the same( as each other)?)
MERGE = merge|combine|join|unite|unify|fuse|link|consolidate|connect|mix
DURABLE = loves?|likes?|hates?|fears?|eats?|drinks?|weighs?|has|owns?|barks?|bites?|prefers?|enjoys?|lives?|
  works?|adores?|dislikes?|cant stand|cant|cannot|can|does not|doesnt|isnt|aint|never|always|usually|often|
  sometimes|hardly|rarely|was (born|adopted|rescued|made|bought|found|named|spayed|neutered|a|an|my|our|
  in the army)|turned|turns|had|has got|used to|needs|takes|snores?|sleeps|knows|speaks|understands|belongs?|
  comes from|came from|goes to|went to school|studies|chases|collects|wears|suffers|reacts|must not|must|mustnt|
  may not|should not|shouldnt|lost (his|her|its|an|a|one)|broke (his|her)|chews|digs|sheds|swims|sings|steals|
  hails from|holds|gets|detests?|despises?|tolerates?|requires|celebrates|passed away|died|only|knows|loved|liked|
  hated|plays|doesn t|grew up|growls|hides|scratches|purrs|howls|drools|limps|answers to|listens to|responds to|
  allergic|scared|afraid
LASTING = (now |already |almost |nearly |about |also |very |really |super |terribly |a bit |a little |mostly |
  always |usually |quite |so |originally |extremely |deathly |only |still |half |part )*(allergic|afraid|scared|
  terrified|frightened|deaf|blind|male|female|from|[0-9]+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|
  twelve|thirteen|fourteen|fifteen|born|married|vegan|vegetarian|diabetic|lactose|shy|fond|crazy about|obsessed|
  addicted|good with|bad with|best friends|friends|related|neutered|spayed|pregnant|made|older|younger|bigger|
  smaller|left handed|right handed|in love|on a diet|on medication|on antibiotics|adopted|chipped|vaccinated|
  microchipped|a|an|the (oldest|youngest|son|daughter|sister|brother|mother|father|owner|boss|head|name|dog|cat|
  smallest|biggest|neighbou?rs?)|(my|our|his|her) (brother|sister|mother|father|mum|mom|dad|cousin|neighbou?r|boss|
  wife|husband|aunt|uncle|grandma|grandpa|grandmother|grandfather|son|daughter|partner|roommate|colleague|teacher|
  best friend|friend|dog|cat|pet)|named after|epileptic|asthmatic|house trained|nervous|aggressive|friendly|
  trained|afraid|sensitive|intolerant|jealous|missing (a|an|one|his|her)|called|years|months|weeks|not allowed|
  not (good|fond|allowed|a|an|vaccinated|friendly|house|neutered|afraid|scared)|stubborn|gentle|lazy|anxious|
  used to|mute|[a-z]+s [a-z]+)
HELD = birthday|bday|favou?rite [a-z ]+|name ?day|owner|owners|sister|brother|siblings|mum|mom|dad|father|mother|
  full name|breed|vet|middle name|surname|last name|best friend|allergy|allergies|hobby|job|phone number|number|
  address|age|weight|food|wife|husband|partner|colou?r|fur|coat|eyes?|eye colou?r|chip number|ears?|tail|medicine|
  medication|pills?|bed|leash|collar|friend|son|daughter|kids|anniversary|height|size|toys?|left [a-z]+|
  right [a-z]+|hometown|real owner|tag|passport|insurance|diet|treats?|walks?|bowl|blanket|handle|lid|spout
NOTED = (note|remember|know|keep in mind|write down|bear in mind|make a note|take a note|take note|save|store|
  jot down|put down|learn|add|mind|remind yourself|be aware|memori[sz]e|keep|record)( (for|about|to|under) (ONE|
  later|me))?( (the fact|somewhere|down))?( that)?|fyi|for your information|(just )?so (that )?you know|
  for the record|for (your )?info|did you know( that)?|you should know( that)?|fun fact|i should mention( that)?|
  btw|by the way|info|important|note to self|heads up|in case you (need|wonder).*|for (the|your) notes|
  i want you to (know|remember|note)( that)?|i forgot to (say|tell you|mention)( that)?|let me tell you( that)?|
  i must tell you( that)?
PRAISE = cute|adorable|beautiful|lovely|sweet|pretty|gorgeous|handsome|funny|amazing|awesome|great|good|nice|
  cool|precious|wonderful|perfect|fluffy|hilarious|silly|weird|crazy|strange|sad|bad|awful|terrible|annoying|big|
  boring|interesting|exciting|nice|fun|a cutie|such|the (best|cutest|sweetest|prettiest)|stunning|photogenic|
  charming|darling|a sweetheart|a good (boy|girl|dog)

opt_out: ((please|pls|hey) )?(dont|do not|never|stop)( (please|ever))? (recogni[sz]e|recogni[sz]ing|identify|
  identifying) (me|my face|this face)( (any ?more|again|ever|here|please|in (photos|pictures|this chat|
  this group)))*
opt_out: i (dont|do not|no longer) (want (you to recogni[sz]e me|to be recogni[sz]ed)|wish to be recogni[sz]ed)(
   (any ?more|here|by you|please))*|id rather you didnt recogni[sz]e me( here| any ?more)?
opt_in: you (may|can) (recogni[sz]e|know) (me|my face)( (again|here|now))+
talk: (do not|dont|never|lets not|let us not|pls dont|not to|you never|i(ll)? never|nobody|who(d| would|
   could)?) (ANY)(FORGET|rename|merge)( ANY)?
chat: (FORGET) (it|that|about it|about that|this|everything|all|me|us|you|what i said|i said|about me)( [^@]*)?
chat: (how|isnt|aint|is|are|arent|so|what a|what an|such|soo+|awww*|look how|doesnt|that is|thats|hes|shes|its|
  theyre|he is|she is|it is)( (that|she|he|it|this|they|the|so|very|really|not|a|an|just|too|such|look|dog|cat|
  little|one))* (PRAISE)( ANY)?
chat: remember to REST|remember (the|when|that time|how|what) REST

forget: ONE,(forget|delete|remove|erase)
forget: you (dont|do not) (need|have) (to (know|remember|keep) )?ONE (any ?more|any longer)( (delete|forget|
  remove)( (it|him|her))?)?
untell: (FORGET)[ ,]+(the fact )?that (told=ONEs? REST)
forget: (FORGET)( (ABOUT|both))* ONE(s)?((,| and | und )TWO)*([ ,](OFF))*( (because|since|as|so|she|he|it|we|
  they|her|his|theyre|shes|hes|its|were) REST)?
forget: (take|strike|cross|get|kick|leave) ONE out(( (of|from))? (your|the|this|my) [a-z]+)?|(take|strike|cross|
  get|kick|cut|scrub|clean|edit|knock) ONE( and TWO)? (off|out of|from)( (your|the|my))? (list|memory|chat|album|
  mind|head|brain)
forget: (stop|quit|no more) (remembering|recogni[sz]ing|knowing) ONE
forget: (do not|dont|you dont need to|you dont have to|no need to|(i )?(dont|do not) want you to|(i )?(no longer|
  dont) need you to) (remember|recogni[sz]e|keep|store|know) ONE (any ?more|any longer|now)
forget: (no longer|(i )?(dont|do not) want you to|(i )?no longer (want|need) you to|stop (trying )?to) (remember|
  recogni[sz]e|keep|store|know) ONE( (any ?more|any longer|now))*
forget: ONE( (should|can|may|must|has to|needs to|is to|could))( now)?( be)?( (gone|FORGOTTEN))( now)?( (OFF))*|
  ONE(s (photos|data|entry))? (FORGOTTEN) please
forget: ((i|we) )?(need|want|would like|d like) ONE (gone|out|away)( (OFF|of your (memory|list)))*|(clear|wipe|
  erase) your (memory|mind) of ONE
forget: ((i|we) )?(need|want|would like|d like|have|get|please have|lets have|
  id like) ONE (to be )?(FORGOTTEN)( (OFF))*
forget: ~ (forgot|deleted|removed|erased) ONE( (OFF))*|(have|make) (your memory|yourself) forget ONE|
  make ONE (disappear|vanish|go away)( (OFF))*|let go of ONE|do away with ONE
chat: (i|we|ill|ive|id) (?!.*\b(you|u)\b)(ANY)(forgot|forget|remember|remembered|forgotten|deleted|renamed)( ANY)?
rename: ONE ?→ ?INTO
rename: (please )?(update|change|correct|fix|edit) ONEs name[,.?]+(its|it is|(his|her|its) name is|shes|hes|
  to) (now )?INTO
rename: (weve|we have|we|i|ive|i have) (decided to|started to|agreed to|want to|now) (call|name) ONE INTO from now on|
  (weve|we have|ive|i have) (decided|agreed|chosen) to (call|name) ONE WHOM
rename: (its|it is|shes|hes|she is|he is) INTO now,? ?not ONE( (anymore|any more|any longer))?|(his|her|
  its) name (isnt|is not) ONE[ ,.]+
  (but|its|it is|(his|her|its) name is) INTO
rename: (rename|re name|relabel|retitle) ONE( to| into| as| in|,)? INTO
rename: (change|set|update|correct|fix|switch|edit|make|modify|alter)( the)? ?(ONEs name|name (of|for) ONE) (to|
  into|as|be) INTO
rename: (change|turn|switch|make) ONE (to|into|be) INTO|(replace|swap)( the name)? ONE (with|by|for) INTO|
  give ONE (the |a )?(new )?(name|title)( of)?,? ?INTO|(use|say|write) INTO instead of ONE|(use|
  put) INTO as ONEs( new)? name
rename: ((we|i|everyone|they|people) )?((now|decided to|started|want to|have decided to|usually|prefer to|
  would like to) )*(call|name|calls|calling) ONE INTO (from now on|now|instead|these days|from here on|from today|
  nowadays|in future|in the future)
rename: ((from now on|now|from today)[ ,])?((we|i) )?((now|decided to|started|started to|have decided to|
  want to) )*(call|name|calling) ONE WHOM
rename: ONEs (new |real |actual |correct |proper |full |true )*name( is|s| should be| shall be| will be|
   has changed to| changed to| must be| was changed to|)( (now|called|actually|really|spelled|spelt|written))* INTO
rename: ONEs?( (should|is|s|shall|must|will|has|to|goes|wants|needs|got|was|be|been|now|really|actually|
  just))+ (called|named|known as|by|renamed( to| as)?|spelled|spelt|written( as)?) INTO( now| from now on| instead)?
rename: ONE (should|shall|must|ought to|has to) (now )?be WHOM|ONE (changed|has changed) (its|her|
  his) name to INTO|make ONEs name (be )?INTO|correct ONE to INTO|(rename|change) ONE(s name)?( please)?[,.?]+((to|
  its|it is|it should be|it s)|(his|her|its|the|that)?( ?new)? ?name( is|s| should be| will be)?|new name( is)?|
  (she|he|it)( is|s)?( now| called)*|shes( now)?( called)?|hes( now)?( called)?)( now)? WHOM
rename: ONE (is|s) (now |actually called |now called |now known as )INTO( now)?
rename: (from now on|from today|starting today|as of today|starting now|as of now|now),? ?ONE( is|s| will be|
   shall be| should be| goes by| is going to be| becomes)( now)?( called| named| known as)? WHOM|ONE (is|becomes|
  s) WHOM (now|from now on|from here on)|ONE (isnt|is not|is no longer)( called| named)?( @)?( anymore|
   any more)?[ ,]+(but|its|she is|he is|hes|shes|now)( now)?( called)? INTO( now)?|(ONE has|we have|weve|(i|
  we)( have|ve)?( just)?) (renamed ONE (to|into)|got a new name|a new name)[ ,]*(its |it is |its name is |
  which is |called )?INTO|ONE has a new name[ ,]*(its |it is |which is |called )?INTO
rename: (i |we )?(misspelled|mistyped|misspelt|spelled|wrote|got) ONE( wrong)?[ ,]+(its|it should be|it is|
  should be|i meant|the name is|correct is|its spelled|it is spelled|its actually) INTO|(its|
  it is) not ONE[ ,.]+(its|it is|but)?( spelled| written) INTO|(its|it is) (spelled|written) INTO,? not ONE
rename: ONEs( new| real| actual| correct)? name[,.]+(is )?INTO|(i|we)( have|ve)? (changed|updated|
  switched) ONEs name (to|into) INTO|ONE (isnt|is not|is no longer) (called )?@( anymore)?[ ,.]+(she|he|it)( is|
  s)( now)?( called)? INTO|(she|he|it)( is|s) no longer ONE[ ,.]+(its|she is|shes|hes|but) INTO
rename: (to )?rename ONE,(his|her|its|the|to)( new name( is|s)?)? INTO

merge: WHOM and INTO (SAME)
merge: WHOM (is|s) (the same( SOMEBODY)?|identical) (as|to|with) INTO
merge: (MERGE)( the (entries|two|names|photos|data)( of)?)? WHOM (and|with|into|to) INTO( together|
   into one( SOMEBODY)?)?
merge: (put|throw|lump|bring) WHOM and INTO together
merge: WHOM (is|s) (also|another name for|also known as|also called) ONE

undo: (cancel|abort) (it|that|the (last|previous) (one|thing|change|action|edit))|(undo|un do|revert|reverse|
  roll back|rollback)( (it|that|this|everything|last|(the|your|my) (last|previous) (thing|one|change|action|edit|
  step|command)?|(the|your|my) (last|previous|change)|what (you|i)( have)?( just)? (did|done)|the (forgetting|
  rename|renaming|deletion|merge)|now|again))*
undo: (take|put|bring|get) (that|it|this|the last (one|thing|change)) back|take back (that|it|the last .*|
  what .*)|go back( one step)?|ctrl z|take it all back
undo: (restore|bring back|put back|unforget|recover|un forget) ONE|(put|bring|get) ONE back

keep: (remember|save|store|keep|add|learn|memori[sz]e|file|note|register|record|tag|label|mark) (HIM)( as|
   by the name( of)?| under( the name)?( of)?| named| called) WHOM
keep: (remember|save|store|keep|learn|memori[sz]e|note)( down)?( that| HIM)?[ ,]?(THATS|(HIS) names?( is)?) WHOM
keep: (learn|remember|memori[sz]e|save|store|add|meet) ((this|that|the|a) )?(new )?(SOMEBODY|name|friend)( (is|
  called|named|as)|,) ?WHOM
called: ((we|i|everyone|they|people|lets|the kids|you guys|usually|all|us) )*(call|name|calls|named|
  calling) ((HIM)|the SOMEBODY) WHOM
called: (HIS) (nick)?names?( is| s| was| would be|)( still| now)? WHOM
called: (which=THAT|(and )?(the|this|that|my|our)( [a-z]+){1,6}|number [0-9a-z]+)?( ?(is|s|re|are|was) |
   )?(called|named|goes by|answers to|known as) WHOM
called: (THATS) (called|named|known as) WHOM|(he|she|it|this one|that one) (goes by|answers to|
  responds to)( the name( of)?)? WHOM
called: ((THATS)|heres|here is|and )?( ?(REMARKABLE))*( ?(SOMEBODY))[,.]WHOM|(HIS) names?( is)?[,.?]+(its )?WHOM
called: WHOM (is|s|was|would be) (HIS|my SOMEBODYs|our SOMEBODYs) name|WHOM is what (we|i|they|everyone) (call|
  calls|named) (HIM)|(remember|save|learn|add|store) (bare=[^,.?~@]{1,40}|@)|you dont know WHOM yet|
  (you )?havent met WHOM( yet)?
called: (meet|say (hi|hello) to|introducing|let me introduce( you to)?|may i introduce|i present|please meet|
  everyone meet|welcome) WHOM
called: (lets|let us|well|ill) (go with|take|pick|choose) WHOM
called: name( is |,)WHOM
is_not_but: (THATS)( SO)? WHOM[ ,]+(and )?not ONE
is_not_but: (IS_NOT) ONE( but|,)? ?(THATS|(HIS) names?( is)?)? ?WHOM
is_not_but: (NOPE)([ ,.]+(NOPE)){0,3}[ ,.]+(but )?((THATS)( SO)?( actually| just)?|(HIS) names?( is)?) WHOM|
  ((NOPE)([ ,.]+(NOPE)){0,3}[,.]+|(no+|nope|nah) )(bare=[^,.?~]{1,40})
is_not: ((NOPE)[ ,.]+){0,3}((THATS)( SO)? not|(THAT) (isnt|is not|aint)) (him|her|it)( at all| though)?
is_not: ((NOPE)[ ,.]+){0,3}(IS_NOT) ONE( (at all|here|either|you silly|silly|lol|though|you know|stupid|
  dummy))*( ,?no+)?
is_not: ((NOPE)[ ,.]+){0,3}(((THATS)|(that|the) (SOMEBODY) (HERE) (is|s))( (STRONGLY)){0,2} (NOT)|(THAT|(that|
  the) (SOMEBODY) (HERE)) (isnt|aint|is not|wasnt)( (at all|even|really|even remotely|our|my))?) ONE( (at all|
  for sure|in any way|in the slightest|in the least))?
is_not: (theres |there is )?no way( in hell)?( that)? (THATS|(THAT) (can|could) be) ONE|(THAT) (can|
  could) never be ONE|(THAT) (cant|cannot|can not|couldnt|could not)( (possibly|really|ever|actually))? be ONE|
  how (the hell |on earth )?(could|can|would|should) (THAT)( (possibly|ever|really))? be ONE
is_not: ONE( (STRONGLY))? (isnt|is not|s not|aint|wasnt|was not)( (STRONGLY|even|at all))? (this|that|it|him|her|
  this one|that one|the (one|SOMEBODY) (HERE)|in (the|this|that|my|your) (PHOTO)|on (the|this|that|my|your) (PHOTO)|
  pictured|in it)( at all)?
is: (which=(on|at) the (left|right|top|bottom|back|side)|in the (back|background|front|middle)|(behind|next to|
  beside) (him|her|it|@))[ ,](you (can )?see|we (have|see)|thats|theres|there is|is) WHOM|WHOM is the (which=(one|
  SOMEBODY) ANY)
is: (THATS|must be|should be|probably|think its|looks like its|heres|here is|here comes|here you see|you see|
  presenting) WHOM
is: (and |oh )?(which=(the|that|this|my|our) ([a-z0-9]+ ){0,4}?(SOMEBODY)( [a-z0-9]+){0,7}?|(the )?(other|second|
  first|left|right) (one|SOMEBODY)( [a-z]+){0,4}?|(SOMEBODY)( [a-z0-9]+){0,7}?|number [0-9a-z]+|(behind|beside|
  next to|near|above|below|in front of|under|with) (him|her|it|them|that|@|me|the [a-z]+)|((the|that|this) )?(one |
  ([a-z0-9]+ ){1,4}?)?(on|to|at) the (far )?(left|right|top|bottom|back|front|side)|(the|that|this)( [a-z0-9]+){0,4}? in
   the (middle|center|centre|back|front|background|foreground)|in the (middle|back|front|background)|(the )?(left|
  right)(most)?( one)?|next to (him|her|it|@)) (is|are|would be|must be|has to be|s) WHOM

yes: ONE[ ,](it is|indeed|yes|yep|yeah|exactly|correct|for sure|of course)( it is)?
yes: (YEP)([ ,.]+(YEP)){0,3}( SO)?
yes: ((YEP)[ ,.]+){0,3}(of course )?(THATS|it sure is|looks like|must be|definitely|(that|
  it) does look like)( SO)? ONE( (indeed|alright|there|for sure|again))*|(YEP)([ ,.](YEP)){0,3}[ ,.]+ONE
no: (NOPE)([ ,.]+(NOPE)){0,3}

note: (NOTED)[ ,]+(told=ONEs?( and @)? REST)
tell: (told=ONEs (HELD)( ANY)? (is|s|are|was|falls|has|starts|died) REST)
tell: (told=ONE (is|s|was|isnt|is not) (LASTING)( ANY)?)
tell: (told=ONE (?!(ANY )?(forget|forgets|forgot|forgotten|remember|remembers|remembered|deleted?|
  renamed?)\b)((now )?(DURABLE))(?<!can)( ANY)?)|(told=ONE can (?!go\b|come\b|stay\b|be\b|wait\b)REST)

last_seen: ((tell me |do you know |do you remember )?(when|where|how long|what day|which day|what was|whats|
  any idea when) )(ANY)(last|latest|most recently)( ANY)?ONE( ANY)?
last_seen: (when|how long)( ANY)? ONE( ANY)? (last|latest|most recently)( ANY)?
last_seen: (((have|did|has) (you|u|anyone|anybody|we) )?(see|seen|spot|spotted|saw|met|meet)|has|was|is|
  did) ONE( been| show up| appear| turn up| seen)?( HERE| seen| around| in any photos?)*( ever)? (lately|recently|
  today|yesterday|this week|these days|in a while|this month|since .*|the other day)
last_seen: (the )?last (time|sighting|photo|seen)?( that)?( ANY)? ?ONE( ANY)?|how long (since|is it since|
  has it been since|ago|was it).*ONE.*
last_seen: when (did|have) (you|u) (see|seen|spot|meet) ONE( ANY)?

where: (?!(ANY )?(where (do|does|did) ANY\b(live|work|study|belong|come from)\b|wheres?( (is|was|are))? ONE (lives?|
  lived|living|works?|working|studies|studying|belongs|born|(is |was |comes |came )?(from|born))\b))
  (show me |tell me |find out |see |do you (know|see) |can you (see|tell me) |i wonder )?(ANY )?(where|
  wheres|whereabouts)( ANY)? ONE( and TWO)?(?! last)( ANY)?
where: which( (one|dog|cat|person|of them|SOMEBODY))?s ONE( HERE)?|ONE is where( ANY)?|
  is ONE (the )?(one )?(on the )?(left|right|first|second|
  middle)( one)?( or ANY)?
where: (find|locate|spot|point (to|out|at)|search( for)?|look for|highlight|mark|circle|
  show me where)( me)? ONE( and TWO)?( (HERE|for me|out))*|point ONE out( ANY)?|(show|tell) me ONEs (place|
  position|location)( ANY)?
where: (show|point)( me| out)? ONE (in|on) PICTURE|is ONE (on the )?(left|right|top|bottom)( side)?( or ANY)?|
  @,where are you|(what|which) (side|part|corner|spot)( ANY)? ONE( ANY)?
where: (which( one| of (them|these|those)| SOMEBODY)?|what SOMEBODY)( of them)?( is| s| would be|
   are) ONE( HERE)?|(which|what) side (is|s) ONE( on)?( ANY)?
show: (SHOW) ((A_PHOTO)( (you|u) (have|know|saved|took))? (of|with|from) )?ONE(( and |,)TWO)?( (again|now|
  one more time|for me|to me|once more|show me|saved|here|there|look like|too))*
show: (SHOW) ONEs (A_PHOTO)( ANY)?|(A_PHOTO) (of|with) ONE( and TWO)?( [a-z]+){0,2}|ONEs (A_PHOTO)|
  what does ONE look like|how does ONE look( like)?
show: (SHOW) ((A_PHOTO)( you have)? (of|with) )ONE( ANY)?
about: ((do (you|u) (remember|know)|tell me|remind me|so|and|remember|explain)[ ,])?(who|what|whos|whats|
  who the heck|who exactly)( ?(is|are|was|s|r|were))? ONE( and TWO)?( (again|is|was|then|anyway|exactly|are|to you|
  like|in general|about))*
about: ((whats|what is|what was|what do we|how about|do (you|u) know|(you|u) know|know|are there|
  is there)? ?(tell|say|speak|talk|inform|what|how|remind|info|information|details|facts|know|hear|teach|taught|
  told|said|anything|stuff|something|do you have|have you got|share|give|any|notes|read|learn|learned|know more|
  more|everything|all)( ANY)?) (about|on|regarding) ONE( and TWO)?( (again|so far|please|by now|already))*
about: (what|what all|do|how much|what else)( ANY)? (know|remember|recall|learned|learnt|known) (about |of |
  on )?ONE( and TWO)?|(describe|introduce) ONE( to me)?|(do (you|u) )?(know|remember) (who )?ONE( is)?|
  whats the (story|deal) (of|with|behind) ONE|(ONEs|the) (story|info|notes?|profile|details)( (of|on) ONE)?

list: (tell me )?how many [a-z]+ (do|can) you (know|remember)( already| by now| in total| so far| now)*
list: ((tell|show) me |do you remember |say )?(who|whom|who all|(what|which|whose) (names?|people|pets|animals|
  faces|things|friends|ones)|who else|whos all)( ANY)? (do|can|have|did|are|would|youve|you|u)( you|
   u)?( all)?( (already|now|currently|got|actually))*[ ](know|remember|recogni[sz]e|have|got|save|saved|stored?|
  learned|learnt|met|remembered|memori[sz]ed|remembering|seen|keep|identify|familiar with|acquainted with|
  in your memory)(?! this| that)( (so far|already|by now|yet|saved|in your memory|stored|all|here|about|by name|
  and stuff|of|till now|until now|on file|from before))*
list: (list|show|name|tell|give|read|print|display|enumerate|recite|see)( me| us)?( out)?( about)?( (a list of|
  the list of|the names of|all))*( (EVERYONE))( ANY)?
list: ((give|show|tell|read|see|open|get|what is|whats|is there|do you have)( me)? )?((the|your|a|full|whole|
  complete|my|current) )*(list|album|contacts)( of)?( (names|people|everyone|everybody|pets|them|all|known|who|
  things))*( (you|u|you ve|so far|know|have|remember|please))*
list: (who|whos|whats|what)( is| are| s)?( all| everyone)? ((in|on) (your|the) (memory|list|album|database|brain|
  head|mind)|saved|stored|known|remembered|registered)( ANY)?|how many (people|names|pets|faces|friends|
  animals) do you (know|remember)( ANY)?
list: who (have|did|all have) (you|i|we) (learned|learn|taught|teach|told|tell|met|meet|introduced?|shown?|save|
  saved)( ANY)?|list all( [a-z]+){0,5}|list|(all )?names|what names( ANY)?|everyone you know|whats in your memory

present: ((check|see|tell( me)?|look|do you (see|know)|know|i wonder|any idea|say)( me)?) (if|whether) (ONE|
  you see ONE|you can see ONE|theres ONE|there is ONE|thats ONE|that is ONE|this is ONE|its ONE)(( and | or |
  ,)TWO)?( is| are|s)?( (HERE))*
present: (is|are|isnt|arent|was|were|r|aint)( (THAT|really|maybe|perhaps|by any chance|possibly|also|the|my|our|
  not|there|here|in here|one of (them|these|those)|any of (them|these|those)|(the|that|this) [a-z ]+))* ONE(( and |
   or |,)TWO)*( HERE| or not| again| by any chance| in [a-z ]+| @)*
present: ((do|can|did) (you|u|we) )?(see|spot|recogni[sz]e|detect|notice|have) ONE(( and | or |,)TWO)?( HERE)*|
  any (sign|trace) of ONE( HERE)?|(does|do) (THAT|PICTURE) (show|contain|include|have|look like) ONE( in it)?|
  (THATS) ONE( right| no| isnt it| yes)|ONE( and TWO)? (HERE)

count: (are|is) there (any )?(what=[a-z]+)[,.?]+how many( are there)?
count: (tell me |so |and |do you know |say |guess |any idea |can you see |i wonder )?(ho?w ?many|how much|
  count( up| me| all)*( how many)?( of)?( the)?|(whats |what is )?the (number|amount|count) of|
  number of)( of)?( different)? (what=[a-z]+?( [a-z]+?)??)( (there are|are|r|do|can|in|on|have|is|there|you|u|did|
  HERE|we|i|all|total|am|were|does)\b.*)?

who: ((do|can|could|would) (you|u|ya) )?(know|tell( me)?|say|see|recogni[sz]e|remember|identify|guess|any idea|
  any clue|i wonder|explain|idea) (who|what)(s| all)?( all)?( is| are)? ?(THAT|HERE|the SOMEBODY|this is|that is|
  (this|that) SOMEBODY|in PICTURE)( (is|are|be|s|was))?( HERE)*
who: who (else )?(do|can|did) (you|u) (see|recogni[sz]e|spot|make out)( HERE)*
who: (who|whos|who is) (this |that |the )?(lovely |little |handsome )?(cutie|cutie pie|beauty|sweetheart|
  handsome|fella|fellow|gentleman|good (boy|girl)|little one|pretty (boy|girl|lady)|stranger|guy|chap|angel|
  sweetie|fluffball|furball)( HERE)*
who: (what|whats|what is) ?(this|that|it|these|those)( (HERE|then|be))*|whose (dog|cat|SOMEBODY)s? (is|are|
  would) (this|that|it|these|those)( be)?( HERE)*
who: (who|whos|who all|whore|who else)( (is|are|r|was|s|all|else|could|do you (see|recogni[sz]e|know|think|spot)|
  can you (see|recogni[sz]e)|do we have|have we( got)?|might|would|exactly))* ?(THAT|(the|that|this|these|
  those) SOMEBODY|she|we|you see|you recogni[sz]e|it|HERE|this time|appears?|there)(( (be|is|are|all|then|again|
  supposed to be|exactly|you see|called|you))|( HERE))*
who: ((do|can|did) (you|u|ya) )?(know|recogni[sz]e|identify|remember|see|spot|name|tell)( me)? (anyone|anybody|
  someone|somebody|anything|him|her|them|THAT|these two|any of (them|these|those)|(this|that|the|these|
  those) (SOMEBODY|face|faces)s?|everyone|everybody|a familiar face|any familiar faces|who this is|who that is|
  who they are|who it is)( (HERE|you know|familiar|already|too|yet))*
who: (is|are)( there)? (anyone|anybody|someone|somebody)( (you|we) know| familiar| HERE)*|(anyone|anybody|
  someone) (you )?(know|recogni[sz]e|familiar|HERE)( HERE)?|((does|do) )?(THAT|anyone|anybody|SOMEBODY)? ?(look|
  seem|ring) (familiar|a bell)( to you)?|what(s| is) (his|her|its|their|(this|the|that) SOMEBODYs?) names?|(name|
  identify|recogni[sz]e) (this|that|these|those|him|her|them)( HERE)?

help: (show me |give me |i need |need |get |see |open |i could use |please )*(some |the |a |your |more )*(help|
  manual|instructions|commands|menu|options|guide|tutorial|user guide)( (me|out|with this|here|with you|a bit|
  a little|please|page|text))*|help me( [^@]*)?|(i )?(need|want) help( [^@]*)?
help: (i )?(what|which)( (all|else|stuff|things|kind of things|sort of things|commands))* (can|do|could|are|
  should|am)( (you|u|i|we|able to))+( (do|ask|say|help|good for|write|tell|understand|capable of|use|type|send|
  know how to do|for|offer)( (you|me|us|to|with|here|about|for))*)*( here| for me| with this| exactly| all| bot)*
help: what( else| all| more)? can (you|u)( still| also| even| all)?( do)?( too| else| then| apart from that)?
help: what (are|r) (you|u) (good|useful|made|meant|here) (at|for)|what use are you|what (is|s) it you do
help: (what|who) (are|r) (you|u)( for| good for| exactly)?|(what|whats) (is )?(this|this bot|rapport)( bot|
   thing| app)?( for| about| do)?|(explain|tell me|show me)( me)? (how|what) (this|it|that|you|to|i|can)( ANY)?|
  explain (yourself|this)
help: how( (does|do|can|should|would|to|is))*( (this|it|that|you|u|i|we|one|the bot|the app|rapport|this bot|
  this thing|everything|all this|bot|thing|app))*( (work|works|function|use|used|start|get started|begin|go|
  operate|talk to|teach))+( (this|it|you|here|with you|exactly|the bot|this bot|this thing|with this|properly|
  you something|all this|a name))*
help: (what|which) (commands|options|features|functions|things)( (are there|exist|can i use|do you have|
  do you know|do you understand|can i (say|use)))*|how( (does|do))? (it|this|that|you|everything) works?
help: how( (do|can|could|should|would|to|does))+( (i|we|one|you))? (add|save|store|introduce|teach|
  make you (remember|learn)|tell you( about)?|register|get you to (know|remember|learn)|show you)( [^@]*)?|
  what do i (do|say|type|write)( now| here| first)?|(show|list|tell)( me)?( all)?( (the|your))? (commands|options|
  features|functions)
help: (im|i am) (new|lost|confused)( here| to this)?|(im|i am) (new|lost)[ ,.].*|what do you do|
  tell me about yourself|i dont (understand|get it|know what to do)( ANY)?|how do i teach you( ANY)?|what now

thanks: ((great|ok|okay|cool|awesome|nice|perfect|oh|aw|wow|good|super|wonderful|lovely|yay|excellent|
  brilliant)[ ,.]+)*(thanks?|thx+|ty|tysm|thank (you|u|ya)|cheers|much appreciated|appreciated?( it| that)?|
  i (really )?appreciate (it|that|you)|many thanks|thanx|tnx|thnx|thankyou|ta|bless you|good bot|good job|
  well done|youre (the best|a star|a lifesaver|awesome|great|a gem|a hero))([ ,.]+(so much|very much|a lot|a bunch|
  a million|a ton|loads|heaps|again|bot|rapport|buddy|mate|friend|man|dear|for .*|youre .*|you are .*|that .*|
  this .*|everyone|all|lots|kindly|love|really|great|i .*|much|guys|indeed|dude|thanks|cool|bye|you too|now|
  to you))*
greet: (HELLO)([ ,.]+(HELLO|there|CALLED_BOT|everyone|everybody|all|again|guys|folks|you|dear|to you|
  how are you( doing)?( today)?|how is it going|hows it going|hows things|whats up|nice to meet you|im back|its me|
  me again|i am .*))*|nice to meet you|long time no see|whats up|sup|how are you( doing)?( today)?|hows it going|
  pleased to meet you

chat: what an? REST|who (knows|cares)( ANY)?|what do (you|u) think|what (should|can|could|shall|must|do|did|
  will) (i|we) ANY|(should|shall|can|could|may|must) (i|we) (?!see|ask you|get you|have you|look|get|have)ANY|
  what is (love|life|going on|happening|new)|(mia|@) (called|texted|phoned|wrote|told|asked|said|says) REST
chat: (why|how come|when|where|how|what|since when)( else)? (are|do|did|were|will|would|have|has|r|
  does)( not)? (you|u|i|we)(?! (see|think .|recogn|last|call|say|notice|spot|read)\b)( ANY)?|(did|have|are|
  were) (you|we|i)( ANY)? (forget|forgot|remember|delete|deleted|remembered|forgotten)( ANY)?|(did|have|are|
  were) (you|u|i|we)(?! (see|think|recogn|notice|spot|read|tell|describe)\b) ANY|who (ANY)(forgets?|remembers?|
  forgot|remembered|made|built) ANY|why not|how come|what now|what about it|what ever|why
beyond: (what|whats|which|who|whos|whose|why|how|when|where|wheres|how|hows)( REST)?
beyond: (is|are|was|were|does|do|did|has|have|can|could|isnt|doesnt|arent|will|would) (he|she|it|they|this|that|
  these|those|there|the|his|her|my|our|someone|anyone|anybody|@s?|you|PICTURE) REST
beyond: (describe|explain|caption|summari[sz]e|read|translate|write)( REST)?|tell me (what|about|a story|how|why|
  if) REST|(do you know|do you remember|tell me|i wonder|any idea) where .*@.*|what do you (see|think)( ANY)?
"""
