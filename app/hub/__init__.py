"""One child that talks to the model hub; nothing else of Loam ever does."""
