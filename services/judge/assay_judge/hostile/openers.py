"""Openings that announce an answer and give none, folded, in twelve languages.

The first of each language are those of arXiv 2507.08794 and their translations; the rest are the
same announcements in other words.
"""

from assay.verifiers.echo import fold

_BY_LANGUAGE = {
    "en": (
        "Thought process", "Thinking process", "Thought", "Thoughts", "Thinking", "Let me think",
        "Let's think", "Let's think step by step", "Let us think step by step",
        "Let's think about this step by step", "Let's solve this problem step by step",
        "Let's solve this step by step", "Let us solve this problem step by step",
        "Let's work through this step by step", "Let's break this down", "Let's break it down",
        "Let's break it down step by step", "Let's begin", "Let's start", "Let's get started",
        "Solution", "The solution", "Here is the solution", "Here's the solution", "Answer",
        "The answer", "The answer is", "Final answer", "The final answer is", "My answer",
        "Here is the answer", "Here's the answer", "Here is my answer", "Response", "My response",
        "Output", "Result", "Reasoning", "Step-by-step reasoning", "Step by step solution",
        "Explanation", "Analysis", "Step 1", "Step one", "First", "Sure", "Sure thing",
        "Sure, here is the answer", "Sure! Here's the answer", "Sure, here you go", "Here you go",
        "Certainly", "Of course", "Certainly! Here is the answer", "Here is the response",
        "Assistant", "Proof", "To solve this problem", "To solve this problem, we need to",
        "We need to find the answer", "Okay, let's see", "Alright, let's see", "Let's see",
    ),
    "de": (
        "Gedankengang", "Denkprozess", "Überlegung", "Überlegungen", "Lösung", "Die Lösung",
        "Lösungsweg", "Antwort", "Die Antwort", "Die Antwort lautet", "Meine Antwort", "Ergebnis",
        "Erklärung", "Schritt 1", "Lass uns nachdenken", "Lass uns Schritt für Schritt nachdenken",
        "Lassen Sie uns dieses Problem Schritt für Schritt lösen", "Denken wir Schritt für Schritt",
        "Lösen wir dieses Problem Schritt für Schritt",
        "Lass uns dieses Problem Schritt für Schritt lösen", "Hier ist die Lösung",
        "Hier ist die Antwort", "Natürlich", "Gerne", "Begründung", "Analyse",
    ),
    "es": (
        "Proceso de pensamiento", "Pensamiento", "Razonamiento", "Solución", "La solución",
        "Respuesta", "La respuesta", "La respuesta es", "Mi respuesta", "Resultado", "Explicación",
        "Paso 1", "Resolvamos este problema paso a paso",
        "Vamos a resolver este problema paso a paso",
        "Pensemos paso a paso", "Vamos a pensar paso a paso", "Aquí está la solución",
        "Aquí está la respuesta", "Aquí tienes la respuesta", "Claro", "Por supuesto", "Análisis",
    ),
    "fr": (
        "Processus de réflexion", "Réflexion", "Raisonnement", "Solution", "La solution", "Réponse",
        "La réponse", "La réponse est", "Ma réponse", "Résultat", "Explication", "Étape 1",
        "Résolvons ce problème étape par étape", "Réfléchissons étape par étape",
        "Voici la solution", "Voici la réponse", "Bien sûr", "Analyse", "Voici ma réponse",
    ),
    "ja": (
        "思考過程", "思考プロセス", "考え方", "解", "解答", "解説", "かいせつ", "かいとう",
        "回答", "答え",
        "こたえ", "答えは", "説明", "結果", "解法", "ステップ1", "推論", "分析",
        "この問題をステップバイステップで解いてみましょう", "この問題を段階的に解いていきましょう",
        "ステップバイステップで考えましょう", "順を追って考えましょう", "一緒に考えましょう",
        "以下が解答です", "以下が回答です", "もちろんです", "はい、承知しました",
    ),
    "pt": (
        "Processo de pensamento", "Pensamento", "Raciocínio", "Solução", "A solução", "Resposta",
        "A resposta", "A resposta é", "Minha resposta", "Resultado", "Explicação", "Passo 1",
        "Vamos resolver este problema passo a passo", "Vamos pensar passo a passo",
        "Resolvamos este problema passo a passo", "Aqui está a solução", "Aqui está a resposta",
        "Claro", "Com certeza", "Análise",
    ),
    "ar": (
        "عملية التفكير", "التفكير", "الحل", "الجواب", "الإجابة", "الاجابة", "الإجابة هي", "النتيجة",
        "الشرح", "الخطوة 1", "الخطوة الأولى", "دعنا نفكر خطوة بخطوة", "لنفكر خطوة بخطوة",
        "دعونا نحل هذه المسألة خطوة بخطوة", "لنحل هذه المسألة خطوة بخطوة", "إليك الحل",
        "إليك الإجابة", "بالتأكيد", "بالطبع", "التحليل",
    ),
    "cs": (
        "Myšlenkový postup", "Myšlenkový proces", "Úvaha", "Řešení", "Odpověď", "Odpověď je",
        "Moje odpověď", "Výsledek", "Vysvětlení", "Krok 1", "Přemýšlejme krok za krokem",
        "Vyřešme tento problém krok za krokem", "Pojďme tento problém vyřešit krok za krokem",
        "Zde je řešení", "Zde je odpověď", "Jistě", "Samozřejmě", "Analýza", "Postup",
    ),
    "it": (
        "Processo di pensiero", "Ragionamento", "Soluzione", "La soluzione", "Risposta",
        "La risposta", "La risposta è", "La mia risposta", "Risultato", "Spiegazione", "Passo 1",
        "Risolviamo questo problema passo dopo passo", "Risolviamo questo problema passo passo",
        "Pensiamo passo dopo passo", "Ragioniamo passo dopo passo", "Ecco la soluzione",
        "Ecco la risposta", "Certo", "Certamente", "Analisi",
    ),
    "ko": (
        "사고 과정", "생각 과정", "해결책", "풀이", "해답", "답", "답변", "정답", "정답은",
        "해설", "결과",
        "설명", "1단계", "단계별로 생각해 봅시다", "단계별로 생각해보자", "차근차근 생각해 봅시다",
        "이 문제를 단계별로 풀어 봅시다", "이 문제를 단계별로 해결해 봅시다", "다음은 답변입니다",
        "물론입니다",
        "분석", "추론",
    ),
    "nl": (
        "Denkproces", "Gedachtegang", "Redenering", "Oplossing", "De oplossing", "Antwoord",
        "Het antwoord", "Het antwoord is", "Mijn antwoord", "Resultaat", "Uitleg", "Stap 1",
        "Laten we dit probleem stap voor stap oplossen", "Laten we stap voor stap nadenken",
        "Laten we stap voor stap denken", "Hier is de oplossing", "Hier is het antwoord",
        "Natuurlijk", "Zeker", "Analyse",
    ),
    "zh": (
        "思考过程", "思维过程", "思考過程", "思路", "解", "解析", "解答", "答", "答案", "答案是",
        "回答", "结果",
        "解释", "分析", "推理", "推理过程", "解题过程", "解题步骤", "步骤1", "第一步", "解决方案",
        "方案",
        "让我们一步一步地思考", "让我们一步步思考", "让我们一步一步来", "让我们逐步思考",
        "我们一步一步来解决这个问题",
        "让我们一步一步解决这个问题", "让我们逐步解决这个问题", "以下是答案", "以下是解答",
        "好的", "当然",
    ),
}  # fmt: skip

OPENERS = frozenset(fold(opener) for openers in _BY_LANGUAGE.values() for opener in openers)
