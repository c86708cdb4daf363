"""High-frequency function words of the seven Latin-script languages of the source.

The idea: a text of a few sentences holds a dozen of these, and a list of names, a formula or code
holds none; so they decide most rows at the price of a dictionary look-up per word, and they are the
evidence that a statistical guess needs before it may be believed. A word stands in every language
that uses it often: shared words then cancel out in the comparison. Words that English prose
borrows or that programs are written in (`die`, `an`, `os`) are listed for English as well; single
ASCII letters, which name variables everywhere, are left out.
"""

FUNCTION_WORDS = {
    "en": """
        the of and to in is that it for was on are as with be this have from or had by not but what
        all were when we there can an your which their if will each about how up out them then she
        many some so these would other into has more her two like him see could no than been who its
        now made over did only very after our just where most through should because any same our
        what's it's don't i'm you he they my me his do does at while also here may such make
        give write using used between both during those without why us am us being however must
        die man art hat war also am was will so per via os pro one ale par""",
    "de": """
        der die das und ist nicht ein eine einen einem einer eines zu den dem des mit von auf für
        im in sich auch es sie er wir ich ihr du dass als an wie so wird werden wurde wurden sind
        war waren hat haben hatte aus bei nach um am aber oder nur noch vor zur zum über durch wenn
        kann können man mehr sehr diese dieser dieses diesen ihre ihren ihrer seine seinen seiner
        unter gegen zwischen weil was wer wo warum welche welcher welches mir mich uns kein keine
        schon hier dann doch immer bis ohne sowie damit dabei sein bitte gibt es ihm ihn ihnen
        mein meine dein deine sollte müssen muss soll vom ins beim alle einige viele nun jedoch""",
    "es": """
        el la los las de del que en un una unos unas es por con no para se su sus lo como más pero
        al este esta estos estas eso son fue ser está están hay ha han era entre cuando muy sin
        sobre también me mi hasta donde quien desde todo todos todas nos durante uno ni contra otros
        ese esa ante ellos esto mí antes algunos qué yo otro otra él tanto mucho muchos cual
        poco ella sea tu tus te le les cómo cuál puede pueden porque así cada si ya dos tiene
        tienen hacer según aquí solo sólo cualquier además usted ustedes ellas mientras""",
    "fr": """
        le la les de des du un une et est en que qui dans pour pas au aux sur avec ce cette ces se
        il elle ils elles ne sont par plus ou je nous vous mais son sa ses leur leurs on comme tout
        tous toute toutes être été était avoir ont à fait faire même peut peuvent très sans
        entre aussi bien où si quel quelle quels quelles deux mon ma mes ton ta tes notre votre vos
        lui donc car quand ainsi chaque après avant lors sous chez dont cela c'est d'un d'une n'est
        qu'il qu'elle s'il j'ai vers afin lorsque comment pourquoi voici moi toi suis
        es as ai ça est-ce m'a te""",
    "pt": """
        os as de do da dos das que em um uma uns umas é não para com por se no na nos nas ao
        aos à às mais como mas foi ser são está estão há tem têm seu sua seus suas ou quando muito
        já eu também só pelo pela pelos pelas até isso ela ele eles elas entre era depois sem mesmo
        ter meu minha você vocês lhe me esse essa esses essas este esta isto numa qual quem
        onde porque sobre pode podem cada todo todos toda todas ainda assim então fazer duas dois
        nem nosso nossa deve além durante desde qualquer outro outra outros""",
    "it": """
        il lo la gli le di del della dei degli delle dello che è un una uno in per con non si da
        dal dalla dai dalle sono come più ma anche al alla ai alle allo nel nella nei nelle sul
        sulla sui sulle se suo sua suoi sue loro questo questa questi queste quello quella ha
        hanno era essere stato stata ci ne mi ti io tu lui lei noi voi cosa quando dove chi perché
        quale quali molto tutto tutti tutte tra fra senza dopo prima ogni può possono così ed
        c'è l'ho mio mia tuo tua nostro vostro fare solo ancora già dell'arte un'altra""",
    "nl": """
        de het een en van is in dat te die op zijn met voor niet aan er om ook als bij maar uit
        naar dan nog door over ze hij je ik we wij zij was worden wordt werd kan kunnen heeft
        hebben had deze dit daar hoe wat wie waar wanneer waarom zo meer veel geen tot moet moeten
        mijn jouw uw hun haar hem mij ons onze jullie zich zou zal zullen tussen omdat tegen na
        onder zonder tijdens elke alle andere welke heel wel hier iets iemand toen zoals ben bent
        om al nu wil willen mag binnen""",
    "cs": """
        se na je že do to ve pro za by ale si po jako od není jsem jsou být bylo byl
        byla který která které kteří co jak tak při nebo už více jeho její jejich ze ke také až
        než jen ještě když tento tato toto této tohoto kde kdy proč protože může můžete můžeme mohou
        mezi před bez pod nad tím tom tomu ten ta ty my vy on ona oni jsme jste mám má máme mají
        například však pokud podle všechny každý velmi pak zde mi mě ho mu jí jim""",
}
