"""Kanji that differ in shape but not in identity, for names and places.

Sources of the facts: the old forms printed in brackets in 常用漢字表 (2010) and 人名用漢字表,
and the forms that the family register notices list as interchangeable (法務省 戸籍統一文字,
published as 文字情報基盤 MJ縮退マップ). Picked by hand from those: a pair is here only when a
clerk who hears a name over the telephone could write either. The published map itself goes
further than a search should (it has 宍 for 肉), and its Python package takes longer to import
than the whole of this one.

Two rules decided the doubtful cases. A hit too many is seen and skipped, a hit too few is never
noticed, so 龍 meets 竜 and 嶋 meets 島. But names that people keep apart when speaking of them
stay apart: 斎 is not 斉, 坂 is not 阪, 畠 is not 畑, 碕 is not 崎.

Forms that Unicode itself calls compatible (神 U+FA19) are absent: NFKC has already joined them.
"""

_OLD_FORMS = """
亜亞 悪惡 圧壓 囲圍 為爲 医醫 壱壹 隠隱 栄榮 営營 衛衞 駅驛 円圓 塩鹽 縁緣 艶艷豔 応應
欧歐 殴毆 桜櫻 奥奧 横橫 温溫 穏穩 仮假 価價 画畫 会會㑹 回囘囬 壊壞 懐懷 絵繪 拡擴 殻殼 覚覺
学學斈 岳嶽 楽樂 巻卷 陥陷 勧勸 寛寬 関關 歓歡 観觀 缶罐 巌巖 気氣 亀龜 帰歸皈 器噐 偽僞 戯戲
犠犧 旧舊 拠據 挙擧舉 虚虛 峡峽 挟挾 狭狹 郷鄕鄉 強强 教敎 暁曉 区區 駆驅駈 勲勳勛 薫薰 径徑逕
恵惠 経經 継繼 渓溪 掲揭 茎莖 蛍螢 軽輕 鶏鷄雞 芸藝 撃擊 欠缺 研硏 県縣 倹儉 剣劍劔剱劒釼 険險
圏圈 検檢 献獻 権權 顕顯 験驗 厳嚴 呉吳吴 娯娛 広廣 効效 恒恆 黄黃 鉱鑛礦砿 号號 国國圀囯囶 黒黑
砕碎 済濟 斎齋斋 剤劑 冊册 雑雜襍 桟棧 蚕蠶 惨慘 産產 賛贊 残殘 糸絲 姉姊 歯齒 児兒 辞辭 湿濕
実實 写寫 舎舍 釈釋 寿壽 収收 従從从 渋澁澀 獣獸 縦縱 粛肅 処處 叙敍敘 将將 称稱穪 焼燒 証證
奨獎奬 尚尙 条條 状狀 乗乘椉 浄淨 剰剩 畳疊疉疂 縄繩 壌壤 嬢孃 譲讓 醸釀 触觸 嘱囑 真眞 寝寢 慎愼
尽盡 図圖 粋粹 酔醉 穂穗 随隨 髄髓 枢樞 数數 瀬瀨 声聲 斉齊亝 青靑 清淸 静靜 税稅 窃竊 摂攝
説說 絶絕 専專 浅淺 戦戰 践踐 銭錢 潜潛濳 繊纖 禅禪 双雙 壮壯 争爭 荘莊 捜搜 挿插 装裝 総總
聡聰聦 騒騷 増增 蔵藏 臓臟 即卽 属屬 続續 堕墮 対對 体體躰軆 帯帶 滞滯 台臺 滝瀧 択擇 沢澤 担擔
単單 胆膽 団團 断斷 弾彈 脱脫 遅遲 痴癡 昼晝 虫蟲 鋳鑄 庁廳廰 聴聽 勅敕 鎮鎭 逓遞 鉄鐵鐡銕 点點
転轉 伝傳 党黨 盗盜 灯燈 当當 闘鬪鬭 徳德悳 独獨 読讀 届屆 内內 弐貳 悩惱 脳腦 覇霸 拝拜 廃廢
売賣 麦麥 発發 髪髮 抜拔 蛮蠻 秘祕 浜濱濵 瓶甁 払拂 仏佛 併倂 並竝 変變 辺邊邉 弁辨瓣辯 舗舖
歩步 宝寶寳 豊豐 褒襃 没沒 翻飜 毎每 槙槇 万萬 満滿 黙默 戻戾 弥彌 訳譯 薬藥 与與 予豫 余餘
誉譽 揺搖 様樣 謡謠 来來 頼賴 乱亂 覧覽 竜龍龒 両兩 猟獵 緑綠 塁壘 涙淚泪 励勵 礼禮 隷隸 霊靈
齢齡 歴歷 暦曆厤 恋戀 炉爐 労勞 郎郞 楼樓 録錄 錬鍊 湾灣 歳歲 悦悅 閲閱 鋭銳 戸戶 顔顏 姫姬
餅餠 剥剝 頬頰 填塡 叱𠮟 麺麵 賎賤 曽曾 痩瘦 籠篭 喩喻 糧粮 塚塜 飲飮
"""

_NAME_FORMS = """
高髙 崎﨑嵜㟢 吉𠮷 橋槗𣘺 島嶋嶌嶹㠀 富冨 桑桒 淵渕渊 秋穐龝 野埜壄 峰峯 園薗 館舘 村邨 柳栁桺
松枩柗梥 梅楳槑 柏栢 杉檆 栃杤 喜㐂憙 哲喆嚞 丈𠀋 土圡 功㓛 岩嵒嵓 岡崗堽 嵩崧 峨峩 町甼 京亰
世卋 年秊 風凬凮 凡凢 刃刄 卒卆 卯夘 丑丒 虎乕 兎兔 猪豬 猫貓 鼠鼡 猿猨 雁鴈 鶴靏靎寉 鵞鵝 燕鷰
鴎鷗 亘亙 沖冲 涼凉 湊凑 準凖 減减 決决 況况 氷冰 凛凜 冴冱 遥遙 尭堯 瑶瑤 桧檜 薮藪籔 蕊蘂蕋
祢禰袮襧 祷禱 禄祿 穣穰 頴穎 莱萊 蒋蔣 芦蘆 萌萠 昂昻 晃晄 晋晉 皓晧 映暎 昇曻 晟晠 明朙眀
望朢 熙煕熈凞 燻熏 焔焰 煙烟 彦彥 俊儁 傑杰 仙僊 倶俱 侠俠 備俻 匡匤 協恊 勗勖 啓啟 嘗甞 善譱
時旹 寧寗甯寍 宜冝 庵菴葊 厨廚 厩廐廏 迪廸 達逹 肇肈 翠翆 群羣 船舩 花芲 刈苅 蓑簑
篠筱 枡桝 櫟檪 櫨枦 毘毗 琴琹 珍珎 留畄 略畧 疎踈 確碻 稚穉 稿稾 窓窗 竪豎 節莭 箪簞 綿緜 線綫
纏纒 繋繫 繍繡 衆眾 讃讚 賢贒 質貭 輌輛 跡迹 釜釡 鎌鐮 鑑鑒 鑽鑚 鈎鉤 靭靱韌 韮韭 響响 駄馱
騨驒 麹麴 醤醬 蝋蠟 蝉蟬 蝿蠅 蛎蠣 砺礪 涛濤 梼檮 涜瀆 潅灌 溜澑 湧涌 漆柒桼 闊濶 壷壺 竈竃
婿壻聟 妍姸 場塲 塔墖 堤隄 隣鄰 間閒 奇竒 呑吞 嚢囊 噛嚙 鹸鹼 屏屛 并幷 爾尓 迩邇 侭儘
顛顚 撹攪 讐讎 諌諫 曳拽 姦姧 彝彜彛 叡壡 躯軀 恥耻 脈脉 腸膓 掴摑 茲兹
"""

_REGISTER_FORMS = """
高𠆪 橋槁𫞎𫞏 崎陭𡼋 島隯𡻅 辺𨕙𨘢𨓉𨓙𫟪 斎㪰䶒𪗒 桑枽𣕐𥸮𠭨 沢𤀎 関闗𨶚 柳㚹㧕𫞉 松㮤庺枀
本夲楍 前歬 村𨙲 丸𠁽 長镸 今𫝆 沖㳞 遠逺 荻蔐 角甪 上丄 岸㟁 栗𣗴 国囻
柿柹 梨棃 萩蘒 蓑簔 麻蔴 飯飰 道衟 鬱欝 徳惪㥁 実实 寿夀 幸㚔 義羛 博愽 勇勈 留畱 薫蘍 節蓈 春旾萅
陽阳 竜㡣 麗䴡 岡㟠㟵𡶩 原厡𠩤 園𡈤 西卥 富𭁻 豊𣍈 栃𫞊 楠柟
"""


def common_forms() -> dict[str, str]:
    """Map each variant to the common form of its group.

    Each group above is one word: the form of 常用漢字表 first (or, outside that list, the form
    that a keyboard offers first), then what should meet it. A common form may head a group in
    more than one table, but is a variant in none, so a single look-up is always final.
    """
    groups = (_OLD_FORMS + _NAME_FORMS + _REGISTER_FORMS).split()
    return {variant: group[0] for group in groups for variant in group[1:]}
